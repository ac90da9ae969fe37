"""Who is calling: a user by JWT, or a user's system by API key. Neither is accepted in place of the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from tether_calls.accounts import api_keys
from tether_calls.accounts.models import ApiKey, KeyPermission, User
from tether_calls.accounts.tokens import user_of
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.redacted_kinds import kinds_of
from tether_calls.common.rows import read_row

# How exact "last used" is; more would cost a write for every request.
LAST_USED_PRECISION = timedelta(minutes=1)


def bearer_of(request: Request) -> str | None:
    """What stands behind `Bearer` in the Authorization header, or None."""
    return bearer_in(request.META.get("HTTP_AUTHORIZATION", ""))


def bearer_in(header: str) -> str | None:
    """What stands behind `Bearer` in an Authorization header, or None."""
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() != "bearer":
        return None
    return credentials.strip() if credentials.isascii() else ""


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


# What `key_in_row` takes, of a row that `valid_keys` finds.
KEY_ROW = (*_KEY_COLUMNS, *(f"user__{column}" for column in _USER_COLUMNS), "user__organization__redacted_kinds")


# wall: a key that is signed names its row, and with it user and organization
def valid_keys(*, row_id: str) -> models.QuerySet[ApiKey]:
    """The row of a key that is neither revoked nor of a user or an organization who may not do anything."""
    valid = {"revoked_at": None, "user__is_active": True, "user__organization__is_active": True}
    # wall: whose key it is, and of which organization, is what is looked for
    return ApiKey.objects.filter(pk=row_id, **valid).order_by()


_VALID_KEY = CompiledQuery(lambda row_id: valid_keys(row_id=row_id).values_list(*KEY_ROW), "row_id")


def find_api_key(key: str) -> ApiKey | None:
    """The row of a key that opens something now, with its user; None for every way of being wrong. One statement."""
    row_id = api_keys.row_id_in(key)
    return key_in_row(key, _VALID_KEY.first(row_id=row_id) if row_id is not None else None)


def key_in_row(key: str, row: Sequence[Any] | None) -> ApiKey | None:
    """The same, of `KEY_ROW` as it was read with something else; None: no row was found."""
    if row is None:
        return None
    # Both with what this path needs; Django fetches the rest of the columns when they are asked for.
    api_key = read_row(ApiKey, _KEY_COLUMNS, row[: len(_KEY_COLUMNS)])
    api_key.user = read_row(User, _USER_COLUMNS, row[len(_KEY_COLUMNS) : len(KEY_ROW) - 1])
    api_key.user.redacts = kinds_of(row[len(KEY_ROW) - 1])
    has_expired = api_key.expires_at is not None and api_key.expires_at <= timezone.now()
    return api_key if api_keys.is_genuine(key, api_key) and not has_expired else None


def ended_key(key: str) -> ApiKey | None:
    """The row of a key that is a user's of an organization, whatever it opens: ended, or for something else.

    One statement, none for what has not the shape of a key. For logs only.
    """
    row_id = api_keys.row_id_in(key)
    if row_id is None:
        return None
    # wall: whose key it is, and of which organization, is what is looked for
    api_key = ApiKey.objects.filter(pk=row_id, user__organization__isnull=False).select_related("user").first()
    return api_key if api_key is not None and api_keys.is_genuine(key, api_key) else None


def note_use(api_key: ApiKey) -> None:
    """Write when the key was last used; at most one statement a minute."""
    now = timezone.now()
    if api_key.last_used_at is None or now - api_key.last_used_at > LAST_USED_PRECISION:
        # Conditional, so that of many requests in one moment only the first writes.
        stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=now - LAST_USED_PRECISION)
        api_key.user.api_keys.filter(stale, pk=api_key.pk).update(last_used_at=now)


def for_ingest(api_key: ApiKey | None) -> ApiKey | None:
    """The key where it may ingest calls, else None. One statement, at most once a minute: when it was last used."""
    if api_key is None or not api_key.permits(KeyPermission.CAN_INGEST_CALLS):
        return None
    note_use(api_key)
    return api_key


class IngestKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tk_live_...` of a key that may ingest calls; every way of being wrong gets one answer.

    One statement reads key, user and organization; a second, at most once a minute, writes when it was last used.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        bearer = bearer_of(request)
        if bearer is None:
            return None
        api_key = for_ingest(find_api_key(bearer))
        if api_key is None:
            raise AuthenticationFailed
        return api_key.user, api_key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def key_of_request(request: Request) -> ApiKey:
    """The key of a request that passed authentication, typed."""
    api_key: Any = request.auth
    assert isinstance(api_key, ApiKey)
    return api_key


def authenticated_user(request: Request) -> User:
    """The user of a request that passed authentication, typed."""
    user: Any = request.user
    assert isinstance(user, User)
    return user
