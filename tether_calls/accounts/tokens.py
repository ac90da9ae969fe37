"""Sessions of the frontend: an access token, and a refresh token that is good for one use.

All tokens that follow from one login name the same session. A refresh token that is used a second time is in two hands,
and ends it: https://datatracker.ietf.org/doc/html/rfc9700#section-4.14.2
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from tether_calls.accounts.models import EndedSession, Organization, User, UserSession
from tether_calls.accounts.sight import sight_of, sights_of
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id
from tether_calls.common.rows import read_row
from tether_calls.realtime.membership import Membership

logger = logging.getLogger(__name__)

# Changes with the password, and reveals nothing of it.
SESSION_CLAIM = "session"
# The session's id; tokens of versions before 0.2.0 have none.
FAMILY_CLAIM = "family"
# Whether the OpenID provider has asked for a second factor when the session began; else there is none.
PROVED_CLAIM = "provedAtProvider"
# The same in sessions of the admin.
PROVED_KEY = "proved_at_provider"
# Two tabs of one browser may exchange the same token: within this time the second is refused, and nothing more.
SIMULTANEOUS = timedelta(seconds=10)
# Beyond the life of a token: what is being issued at the moment of the end expires a little later.
_MARGIN = timedelta(days=1)


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


def issue_tokens(user: User, *, family: str | None = None) -> TokenPair:
    """Begin a session, or go on with one: one INSERT, which remembers the refresh token's id and never the token.

    What the user's session has proved so far goes on with it.
    """
    refresh = RefreshToken()
    refresh[api_settings.USER_ID_CLAIM] = user.pk
    refresh[SESSION_CLAIM] = user.get_session_auth_hash()
    refresh[FAMILY_CLAIM] = family or new_object_id()
    if user.proved_at_provider:
        refresh[PROVED_CLAIM] = True
    OutstandingToken.objects.create(
        user=user,
        jti=refresh[api_settings.JTI_CLAIM],
        token="",  # a leaked table must open nothing
        created_at=refresh.current_time,
        expires_at=datetime.fromtimestamp(refresh["exp"], tz=UTC),
    )
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def rotate_tokens(refresh_token: str) -> TokenPair:
    """Exchange a refresh token for a new pair; of two that try at once, one wins. Raises UNAUTHORIZED.

    One that was exchanged some time before ends its session.
    """
    refresh = _refresh_token(refresh_token)
    user = user_of(refresh)
    if user is None or user.organization_id is None:
        raise TetherError(ErrorCode.UNAUTHORIZED)
    family = refresh.get(FAMILY_CLAIM)
    with transaction.atomic():
        # The row lock makes two rotations of one token take turns; the second finds it spent. Ordered by hand: the
        # model's own order joins the user, who may be none, and PostgreSQL locks no row that may be missing.
        tokens = OutstandingToken.objects.select_for_update().filter(jti=refresh[api_settings.JTI_CLAIM])
        outstanding = tokens.order_by("pk").first()
        if outstanding is None:
            raise TetherError(ErrorCode.UNAUTHORIZED)
        spent = BlacklistedToken.objects.filter(token=outstanding).first()
        if spent is None:
            BlacklistedToken.objects.create(token=outstanding)
            if family is not None:
                # It goes on for as long as its next refresh token.
                now = timezone.now()
                # wall: of one user
                sessions = UserSession.objects.filter(pk=family, user=user)
                sessions.update(used_at=now, expires_at=now + api_settings.REFRESH_TOKEN_LIFETIME)
            return issue_tokens(user, family=family)
    if family is not None and timezone.now() - spent.blacklisted_at > SIMULTANEOUS:
        end_family(family)
        logger.warning("A refresh token of user %s was used twice: the session is ended", user.pk)
    raise TetherError(ErrorCode.UNAUTHORIZED)


def end_session(refresh_token: str) -> None:
    """End the session of a refresh token, be the token spent or the session ended already. Raises UNAUTHORIZED.

    Of a token that names no session only the token itself ends. One statement, or two.
    """
    refresh = _refresh_token(refresh_token)
    family = refresh.get(FAMILY_CLAIM)
    if family is not None:
        end_family(family)
        # wall: of one user
        UserSession.objects.filter(pk=family).delete()
        return
    outstanding = OutstandingToken.objects.filter(jti=refresh[api_settings.JTI_CLAIM]).order_by("pk").first()
    if outstanding is not None:
        BlacklistedToken.objects.bulk_create([BlacklistedToken(token=outstanding)], ignore_conflicts=True)


class _SentRefreshToken(RefreshToken):
    """One that a client sends: what it means that it is spent is decided here, under a lock."""

    def check_blacklist(self) -> None:
        """Not where the token is read."""


def _refresh_token(text: str) -> RefreshToken:
    try:
        return _SentRefreshToken(text)  # type: ignore[arg-type]  # it takes what it encodes
    except (TokenError, ValueError, TypeError):
        raise TetherError(ErrorCode.UNAUTHORIZED) from None


def end_family(family: str) -> None:
    """Every token of the session ends. One statement."""
    ended = EndedSession(pk=family, expires_at=timezone.now() + api_settings.REFRESH_TOKEN_LIFETIME + _MARGIN)
    EndedSession.objects.bulk_create([ended], ignore_conflicts=True)


_OF_USER = tuple(field.attname for field in User._meta.concrete_fields)
_OF_ORGANIZATION = tuple(field.attname for field in Organization._meta.concrete_fields)


# wall: a signed token names its user, and with the user the organization
def _active(*, user_id: str) -> QuerySet[User, Any]:
    # wall: of which organization the user is, is what is looked for
    users = User.objects.filter(pk=user_id, is_active=True).order_by()
    return users.values_list(*_OF_USER, *(f"organization__{name}" for name in _OF_ORGANIZATION))


def _active_in_session(*, user_id: str, family: str) -> QuerySet[User, Any]:
    return _active(user_id=user_id).filter(~Exists(EndedSession.objects.filter(pk=family)))


# Asked by nearly every request: building the statement took a third of the time in which a call is read.
_USER = CompiledQuery(_active, "user_id")
_USER_IN_SESSION = CompiledQuery(_active_in_session, "user_id", "family")


def _user_in(row: Sequence[Any]) -> User:
    user = read_row(User, _OF_USER, row[: len(_OF_USER)])
    if user.organization_id is not None:
        user.organization = read_row(Organization, _OF_ORGANIZATION, row[len(_OF_USER) :])
    return user


def user_of(token: Token) -> User | None:
    """The user a token speaks for; None when deleted, inactive, logged out, or the password has changed since."""
    user_id, family = str(token.get(api_settings.USER_ID_CLAIM, ""))[:24], token.get(FAMILY_CLAIM)
    if family is None:
        row = _USER.first(user_id=user_id)
    else:
        row = _USER_IN_SESSION.first(user_id=user_id, family=str(family))
    user = _user_in(row) if row is not None else None
    if user is not None:
        user.proved_at_provider = provider_counts(token.get(PROVED_CLAIM) is True)
    return user if user is not None and _is_let_in(user, str(token.get(SESSION_CLAIM))) else None


def provider_counts(is_proved: bool) -> bool:
    """Whether a second factor that the provider has asked for does, also for sessions that began when it did."""
    return is_proved and bool(settings.OIDC_SECOND_FACTORS)


def _is_let_in(user: User, session: str) -> bool:
    """Whether the password is the one that the session began with, and the organization is served."""
    if not constant_time_compare(session, user.get_session_auth_hash()):
        return False
    return user.organization is None or user.organization.is_active


def membership_of(access_token: str) -> Membership | None:
    """Whose events an access token opens; None when it is wrong, expired, or its user belongs nowhere."""
    try:
        token = AccessToken(access_token)  # type: ignore[arg-type]  # it takes what it encodes
    except (TokenError, ValueError, TypeError):
        return None
    user = user_of(token)
    if user is None or user.organization_id is None or user.must_enrol:
        return None
    # As long as any endpoint takes the token, by the clock of this machine.
    expires_at = float(token["exp"]) + api_settings.LEEWAY.total_seconds()
    return Membership(
        user_id=user.pk,
        organization_id=user.organization_id,
        expires_at=expires_at,
        grant=(str(token.get(SESSION_CLAIM)), token.get(FAMILY_CLAIM), token.get(PROVED_CLAIM) is True),
        sight=sight_of(user),
    )


def still_members(memberships: Sequence[Membership]) -> list[bool]:
    """Whether the tokens that these were given for would still open the same, apart from their time; two statements.

    One more where some do not hear of all calls: of which they do may have changed.
    """
    # wall: users by id; of which organization they are is what is compared
    rows = User.objects.select_related("organization").filter(pk__in={one.user_id for one in memberships})
    users = {user.pk: user for user in rows}
    families = {family for one in memberships if (family := one.grant[1]) is not None}
    sights = sights_of(users.values())
    ended = set(EndedSession.objects.filter(pk__in=families).values_list("pk", flat=True))

    def holds(one: Membership) -> bool:
        session, family, is_proved = one.grant
        user = users.get(one.user_id)
        return (
            user is not None
            and user.is_active
            and user.organization_id == one.organization_id
            and family not in ended
            and _is_let_in(user, session)
            and sights[user.pk] == one.sight
            and (provider_counts(is_proved) or not user.must_enrol)
        )

    return [holds(one) for one in memberships]
