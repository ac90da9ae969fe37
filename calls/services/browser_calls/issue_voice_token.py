"""Tokens with which a user's browser registers at the provider."""

from __future__ import annotations

from dataclasses import dataclass, field

from calls.models import VoiceProvider
from calls.providers.credentials import SinchCredentials, TwilioCredentials
from calls.providers.errors import ProviderError
from calls.providers.sinch import tokens as sinch
from calls.providers.twilio import tokens as twilio
from calls.selectors.browser_calls.active_provider import calling_number
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError


@dataclass(frozen=True)
class TwilioToken:
    token: str = field(repr=False)
    # What the browser is rung by: the user's id, which is all that Twilio allows in it.
    identity: str


@dataclass(frozen=True)
class SinchToken:
    token: str = field(repr=False)
    application_key: str
    user_id: str
    expires_in: int
    # The number that the user calls from; empty where there is none.
    caller_identifier: str


def issue_twilio_token(*, user: User) -> TwilioToken:
    """Raises PROVIDER_NOT_CONFIGURED, UndecipherableSecret."""
    account = account_with(user.home_id, VoiceProvider.TWILIO)
    if account is None:
        raise _not_configured(VoiceProvider.TWILIO)
    try:
        token = twilio.access_token(credentials_in(account, TwilioCredentials), identity=user.pk)
    except ProviderError:
        raise _not_configured(VoiceProvider.TWILIO) from None
    return TwilioToken(token=token, identity=user.pk)


def issue_sinch_token(*, user: User) -> SinchToken:
    """Raises PROVIDER_NOT_CONFIGURED, UndecipherableSecret."""
    account = account_with(user.home_id, VoiceProvider.SINCH)
    if account is None:
        raise _not_configured(VoiceProvider.SINCH)
    credentials = credentials_in(account, SinchCredentials)
    try:
        token = sinch.user_token(credentials, user_id=user.pk)
    except ProviderError:
        raise _not_configured(VoiceProvider.SINCH) from None
    return SinchToken(
        token=token,
        application_key=credentials.application_key,
        user_id=user.pk,
        expires_in=sinch.TTL_SECONDS,
        caller_identifier=calling_number(user, account),
    )


def _not_configured(provider: VoiceProvider) -> TetherError:
    return TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, f"{provider.label} is not configured")
