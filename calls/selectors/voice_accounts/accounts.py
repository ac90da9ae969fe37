"""An organization's credentials with its providers."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

from calls.models import VoiceAccount, VoiceProvider
from calls.providers.credentials import ElevenLabsCredentials, SinchCredentials, TwilioCredentials

Credentials = TypeVar("Credentials", ElevenLabsCredentials, SinchCredentials, TwilioCredentials)

# What each provider's own requests to us name the account by; kept in a column, since secrets cannot be searched.
ACCOUNT_ID_FIELD = {VoiceProvider.TWILIO: "account_sid", VoiceProvider.SINCH: "application_key"}

_KINDS: dict[type, VoiceProvider] = {
    ElevenLabsCredentials: VoiceProvider.ELEVENLABS,
    SinchCredentials: VoiceProvider.SINCH,
    TwilioCredentials: VoiceProvider.TWILIO,
}


def account_with(organization_id: str, provider: str) -> VoiceAccount | None:
    """The organization's account with a provider, secrets included. One statement. Raises UndecipherableSecret."""
    return VoiceAccount.objects.of_organization(organization_id).filter(provider=provider).first()


def credentials_of(organization_id: str, kind: type[Credentials]) -> Credentials | None:
    """The organization's credentials of one provider; None where it has no account there. One statement."""
    account = account_with(organization_id, _KINDS[kind])
    return None if account is None else credentials_in(account, kind)


def credentials_in(account: VoiceAccount, kind: type[Credentials]) -> Credentials:
    """The credentials that an account holds; what it does not hold is empty text, which opens nothing."""
    provider = VoiceProvider(account.provider)
    known = dict(account.secrets)
    if provider in ACCOUNT_ID_FIELD and account.account_id:
        known[ACCOUNT_ID_FIELD[provider]] = account.account_id
    if account.base_url:
        known["base_url"] = account.base_url
    names = [field.name for field in fields(kind) if field.name != "base_url" or "base_url" in known]
    return kind(**{name: known.get(name, "") for name in names})
