"""Who is calling: a user by JWT, or a user's system by API key. Neither is accepted in place of the other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from tether_calls.accounts import api_keys
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.tokens import user_of

# How exact "last used" is; more would cost a write for every request.
LAST_USED_PRECISION = timedelta(minutes=1)


def bearer_of(request: Request) -> str | None:
    """What stands behind `Bearer` in the Authorization header, or None."""
    scheme, _, credentials = get_authorization_header(request).partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    try:
        return credentials.strip().decode("ascii")
    except UnicodeDecodeError:
        return ""


class JwtAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`; one statement reads the user with the organization."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        bearer = bearer_of(request)
        if bearer is None:
            return None
        try:
            token = AccessToken(bearer)  # type: ignore[arg-type]  # it takes what it encodes
        except (TokenError, ValueError, TypeError):
            raise AuthenticationFailed from None
        user = user_of(token)
        if user is None:
            raise AuthenticationFailed
        return user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_live_...`; every way of being wrong gets the same answer.

    One statement reads key, user and organization; a second, at most once a minute, writes when it was last used.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        bearer = bearer_of(request)
        if bearer is None:
            return None
        api_key = self._find(bearer)
        if api_key is None:
            raise AuthenticationFailed
        self._note_use(api_key)
        return api_key.user, api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _find(bearer: str) -> ApiKey | None:
        row_id = api_keys.row_id_in(bearer)
        if row_id is None:
            return None
        api_key = (
            ApiKey.objects.select_related("user__organization")
            .filter(pk=row_id, revoked_at=None, user__is_active=True, user__organization__is_active=True)
            .first()
        )
        return api_key if api_key is not None and api_keys.is_genuine(bearer, api_key) else None

    @staticmethod
    def _note_use(api_key: ApiKey) -> None:
        now = timezone.now()
        if api_key.last_used_at is None or now - api_key.last_used_at > LAST_USED_PRECISION:
            # Conditional, so that of many requests in one moment only the first writes.
            stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - LAST_USED_PRECISION)
            ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)


def authenticated_user(request: Request) -> User:
    """The user of a request that passed authentication, typed."""
    user: Any = request.user
    assert isinstance(user, User)
    return user
