"""Tokens with which a user's browser registers at a carrier."""

from __future__ import annotations

from calls.providers.errors import ProviderError
from calls.providers.registry import provider_of
from calls.selectors.browser_calls.browser_line import browser_line
from calls.selectors.voice_accounts.accounts import account_with, credentials_in
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.wire import WireStruct


def issue_voice_token(*, user: User, provider: str) -> WireStruct:
    """The provider's `token_document`. At most three statements.

    Raises PROVIDER_NOT_CONFIGURED, UndecipherableSecret.
    """
    carrier = provider_of(provider)
    account = account_with(user.home_id, carrier.name)
    try:
        if account is not None:
            credentials = credentials_in(account, carrier)
            return carrier.browser_token(
                credentials,
                user_id=user.pk,
                caller_number=lambda: browser_line(user, carrier=carrier.name).phone_number,
            )
    except ProviderError:
        pass  # half an account
    raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, f"{carrier.label} is not configured") from None
