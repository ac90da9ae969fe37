"""Choose the provider of the organization's browser calls."""

from __future__ import annotations

from django.db import transaction

from calls.models import VoiceAccount
from calls.providers.registry import carriers, provider_of
from calls.selectors.voice_accounts.accounts import missing_in
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.wire import camelize


@transaction.atomic
def activate_provider(*, organization_id: str, provider: str) -> VoiceAccount:
    """Make it the active one, and the others not. Raises PROVIDER_NOT_CONFIGURED, which names what is missing."""
    rows = VoiceAccount.objects.of_organization(organization_id).filter(provider__in=carriers()).order_by("pk")
    # All of them: of two who choose at once, the second sees what the first has chosen.
    accounts = {account.provider: account for account in rows.select_for_update(of=("self",))}
    chosen, label = accounts.get(provider), provider_of(provider).label
    if chosen is None:
        raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, f"{label} is not configured")
    if missing := missing_in(chosen):
        names = ", ".join(camelize(setting.field) for setting in missing)
        raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, f"{label} is not configured: {names} missing")
    for account in accounts.values():
        if account is not chosen and account.is_active:
            account.is_active = False
            account.save(update_fields=["is_active", "updated_at"])
    chosen.is_active = True
    chosen.save(update_fields=["is_active", "updated_at"])
    return chosen
