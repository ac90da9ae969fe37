"""Sessions of the frontend: an access token, and a refresh token that is good for one use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.realtime.membership import Membership

# Changes with the password, and reveals nothing of it.
SESSION_CLAIM = "session"


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


def issue_tokens(user: User) -> TokenPair:
    """Begin a session: one INSERT, which remembers the refresh token's id and never the token."""
    refresh = RefreshToken()
    refresh[api_settings.USER_ID_CLAIM] = user.pk
    refresh[SESSION_CLAIM] = user.get_session_auth_hash()
    OutstandingToken.objects.create(
        user=user,
        jti=refresh[api_settings.JTI_CLAIM],
        token="",  # a leaked table must open nothing
        created_at=refresh.current_time,
        expires_at=datetime.fromtimestamp(refresh["exp"], tz=UTC),
    )
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def rotate_tokens(refresh_token: str) -> TokenPair:
    """Exchange a refresh token for a new pair; of two that try at once, one wins. Raises UNAUTHORIZED."""
    try:
        refresh = RefreshToken(refresh_token)  # type: ignore[arg-type]  # it takes what it encodes
    except (TokenError, ValueError, TypeError):
        raise TetherError(ErrorCode.UNAUTHORIZED) from None
    user = user_of(refresh)
    if user is None or user.organization_id is None:
        raise TetherError(ErrorCode.UNAUTHORIZED)
    with transaction.atomic():
        # The row lock makes two rotations of one token take turns; the second finds it spent. Ordered by hand: the
        # model's own order joins the user, who may be none, and PostgreSQL locks no row that may be missing.
        tokens = OutstandingToken.objects.select_for_update().filter(jti=refresh[api_settings.JTI_CLAIM])
        outstanding = tokens.order_by("pk").first()
        if outstanding is None or BlacklistedToken.objects.filter(token=outstanding).exists():
            raise TetherError(ErrorCode.UNAUTHORIZED)
        BlacklistedToken.objects.create(token=outstanding)
        return issue_tokens(user)


# wall: a signed token names its user, and with the user the organization
def user_of(token: Token) -> User | None:
    """The user a token speaks for; None when deleted, inactive, or the password has changed since."""
    # wall: of which organization the user is, is what is looked for
    user = (
        User.objects.select_related("organization")
        .filter(pk=str(token.get(api_settings.USER_ID_CLAIM, ""))[:24], is_active=True)
        .first()
    )
    if user is None or not constant_time_compare(str(token.get(SESSION_CLAIM)), user.get_session_auth_hash()):
        return None
    if user.organization is not None and not user.organization.is_active:
        return None
    return user


def membership_of(access_token: str) -> Membership | None:
    """Whose events an access token opens; None when it is wrong, expired, or its user belongs nowhere."""
    try:
        token = AccessToken(access_token)  # type: ignore[arg-type]  # it takes what it encodes
    except (TokenError, ValueError, TypeError):
        return None
    user = user_of(token)
    if user is None or user.organization_id is None:
        return None
    # As long as any endpoint takes the token, by the clock of this machine.
    expires_at = float(token["exp"]) + api_settings.LEEWAY.total_seconds()
    return Membership(user_id=user.pk, organization_id=user.organization_id, expires_at=expires_at)
