"""Change what an organization has with a provider: its credentials, encrypted, and its number."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction

from calls.models import VoiceAccount
from calls.providers.registry import provider_of
from calls.selectors.voice_accounts.accounts import missing_in, set_value, value_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.masking import MASK, masked
from tether_calls.common.wire import camelize

PHONE_NUMBER = "phone_number"


def configure_account(*, organization_id: str, provider: str, changes: Mapping[str, str | None]) -> VoiceAccount:
    """Set what `changes` names, by the fields of the provider's settings and `phone_number`; the rest stays.

    None takes a value away, and so does empty text, except of a secret: a form that cannot show it sends it empty. A
    secret's own mask leaves it as it is. Raises VALIDATION_ERROR for another mask, PROVIDER_NOT_CONFIGURED where the
    active provider would lose what it needs, UndecipherableSecret.
    """
    try:
        return _configure(organization_id, provider, changes)
    except IntegrityError:
        # Another request has made the row at the same moment.
        return _configure(organization_id, provider, changes)


@transaction.atomic
def _configure(organization_id: str, provider: str, changes: Mapping[str, str | None]) -> VoiceAccount:
    accounts = VoiceAccount.objects.of_organization(organization_id).select_for_update(of=("self",))
    account = accounts.filter(provider=provider).first()
    if account is None:
        account = VoiceAccount(organization_id=organization_id, provider=provider)
    for setting in provider_of(provider).settings:
        if setting.field not in changes:
            continue
        given = changes[setting.field]
        if setting.is_secret and given is not None:
            known = value_of(account, setting)
            if given in ("", masked(known)):
                continue
            if given.startswith(MASK):
                sentence = "This is masked: send the secret itself, or leave it out"
                raise TetherError.of_field(camelize(setting.field), sentence)
        set_value(account, setting, given or "")
    if PHONE_NUMBER in changes:
        account.phone_number = changes[PHONE_NUMBER] or ""
    if account.is_active and missing_in(account):
        raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, "The active provider cannot do without what is removed")
    account.save()
    return account
