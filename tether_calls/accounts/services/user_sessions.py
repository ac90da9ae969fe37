"""Sessions of a user that go on: begun, listed, ended, in frontends and in the admin."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from tether_calls.accounts.models import SessionKind, User, UserSession
from tether_calls.accounts.tokens import TokenPair, end_family, issue_tokens
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

# As many as are shown.
_MOST: Final = 200


def begin_session(*, user: User, address: str, user_agent: str) -> TokenPair:
    """Of a frontend. Two statements."""
    now = timezone.now()
    family = new_object_id()
    UserSession.objects.create(
        pk=family,
        user=user,
        kind=SessionKind.API,
        address=address[:45],
        user_agent=_printable(user_agent),
        created_at=now,
        used_at=now,
        expires_at=now + api_settings.REFRESH_TOKEN_LIFETIME,
    )
    return issue_tokens(user, family=family)


def note_admin_session(*, user: User, session_key: str, address: str, user_agent: str) -> None:
    """One of the admin has begun. One statement."""
    now = timezone.now()
    UserSession.objects.create(
        user=user,
        kind=SessionKind.ADMIN,
        session_key=session_key,
        address=address[:45],
        user_agent=_printable(user_agent),
        created_at=now,
        used_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )


# wall: of one user, who is in hand
def sessions_of(user: User) -> list[UserSession]:
    """Those that go on, the newest first. One statement."""
    # wall: of one user
    return list(UserSession.objects.filter(user=user, expires_at__gt=timezone.now()).order_by("-pk")[:_MOST])


@transaction.atomic
def end_one(*, user: User, session_id: str) -> None:
    """Raises SESSION_NOT_FOUND."""
    # wall: of one user
    session = UserSession.objects.filter(user=user, pk=session_id, expires_at__gt=timezone.now()).first()
    if session is None:
        raise TetherError(ErrorCode.SESSION_NOT_FOUND)
    _end([session])


@transaction.atomic
def end_others(*, user: User, but: str | None) -> int:
    """All but one, by its id; how many there were."""
    # wall: of one user
    others = list(UserSession.objects.filter(user=user, expires_at__gt=timezone.now()).exclude(pk=but or ""))
    _end(others)
    return len(others)


# wall: of one user, who is in hand
def session_with_key(user: User, session_key: str | None) -> UserSession | None:
    """The session of the admin that a request is of. One statement, none without a key."""
    if not session_key:
        return None
    # wall: of one user
    return UserSession.objects.filter(user=user, kind=SessionKind.ADMIN, session_key=session_key).first()


def _end(sessions: list[UserSession]) -> None:
    for session in sessions:
        if session.kind == SessionKind.API:
            end_family(session.pk)
    keys = [session.session_key for session in sessions if session.session_key]
    if keys:
        model: Any = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
        # wall: the user's own
        model.objects.filter(session_key__in=keys).delete()
    # wall: of one user
    UserSession.objects.filter(pk__in=[session.pk for session in sessions]).delete()


def _printable(user_agent: str) -> str:
    return "".join(letter for letter in user_agent[:300] if letter.isprintable())
