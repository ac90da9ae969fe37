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
from tether_calls.accounts.models import ApiKey, KeyPermission, User
from tether_calls.accounts.tokens import user_of
from tether_calls.common.statements import CompiledQuery

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


def _columns(model: type[models.Model], *names: str) -> tuple[str, ...]:
    """The names in the model's own order, in which `from_db` takes values."""
    return tuple(field.attname for field in model._meta.concrete_fields if field.attname in names)


_KEY_COLUMNS = _columns(
    ApiKey,
    *("id", "user_id", "name", "generation", "last_used_at", "expires_at"),
    *KeyPermission.values,
    *("requests_per_minute", "dials_per_day"),
)
_USER_COLUMNS = _columns(User, "id", "email", "is_active", "access_role", "organization_id")


def _valid_key(*, row_id: str) -> models.QuerySet[ApiKey, Any]:
    valid = {"revoked_at": None, "user__is_active": True, "user__organization__is_active": True}
    columns = (*_KEY_COLUMNS, *(f"user__{column}" for column in _USER_COLUMNS))
    # wall: whose key it is, and of which organization, is what is looked for
    return ApiKey.objects.filter(pk=row_id, **valid).order_by().values_list(*columns)


_VALID_KEY = CompiledQuery(_valid_key, "row_id")


def find_api_key(key: str) -> ApiKey | None:
    """The row of a key that opens something now, with its user; None for every way of being wrong. One statement."""
    row_id = api_keys.row_id_in(key)
    row = _VALID_KEY.first(row_id=row_id) if row_id is not None else None
    if row is None:
        return None
    # Both with what this path needs; Django fetches the rest of the columns when they are asked for.
    api_key = ApiKey.from_db("default", _KEY_COLUMNS, row[: len(_KEY_COLUMNS)])
    api_key.user = User.from_db("default", _USER_COLUMNS, row[len(_KEY_COLUMNS) :])
    has_expired = api_key.expires_at is not None and api_key.expires_at <= timezone.now()
    return api_key if api_keys.is_genuine(key, api_key) and not has_expired else None


def note_use(api_key: ApiKey) -> None:
    """Write when the key was last used; at most one statement a minute."""
    now = timezone.now()
    if api_key.last_used_at is None or now - api_key.last_used_at > LAST_USED_PRECISION:
        # Conditional, so that of many requests in one moment only the first writes.
        stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - LAST_USED_PRECISION)
        api_key.user.api_keys.filter(stale, pk=api_key.pk).update(last_used_at=now)


class IngestKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_live_...` of a key that may ingest calls; every way of being wrong gets one answer.

    One statement reads key, user and organization; a second, at most once a minute, writes when it was last used.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        bearer = bearer_of(request)
        if bearer is None:
            return None
        api_key = find_api_key(bearer)
        if api_key is None or not api_key.permits(KeyPermission.CAN_INGEST_CALLS):
            raise AuthenticationFailed
        note_use(api_key)
        return api_key.user, api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def authenticated_user(request: Request) -> User:
    """The user of a request that passed authentication, typed."""
    user: Any = request.user
    assert isinstance(user, User)
    return user
