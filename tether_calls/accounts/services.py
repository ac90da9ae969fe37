"""Logging in, and the user's own API key."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tether_calls.accounts import api_keys, login_limits
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.models.user import normalize_email
from tether_calls.accounts.tokens import TokenPair, issue_tokens
from tether_calls.common.errors import ErrorCode, TetherError

DEFAULT_KEY_NAME = "Default"


@dataclass(frozen=True)
class Session:
    user: User
    tokens: TokenPair


def log_in(*, email: str, password: str, address: str) -> Session:
    """Begin a session. Raises INVALID_CREDENTIALS for whatever is wrong, TOO_MANY_REQUESTS after too many failures.

    Django's backend hashes the password for an unknown address too, so both cases take the same time.
    """
    email = normalize_email(email)
    with login_limits.attempt(email=email, address=address) as attempt:
        user = authenticate(username=email, password=password)
        if not isinstance(user, User) or user.organization is None or not user.organization.is_active:
            raise TetherError(ErrorCode.INVALID_CREDENTIALS)
        attempt.succeeded()
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return Session(user=user, tokens=issue_tokens(user))


def default_api_key(*, user: User) -> str:
    """The user's own key in clear: made when first asked for, the same afterwards."""
    api_key, _ = ApiKey.objects.get_or_create(user=user, is_default=True, defaults={"name": DEFAULT_KEY_NAME})
    return api_keys.key_of(api_key)


def regenerate_default_api_key(*, user: User) -> str:
    """A new key; the one before stops working with the commit."""
    with transaction.atomic():
        changed = ApiKey.objects.filter(user=user, is_default=True).update(
            generation=F("generation") + 1, last_used_at=None
        )
        if not changed:
            return default_api_key(user=user)
        return api_keys.key_of(ApiKey.objects.get(user=user, is_default=True))


def revoke_api_key(*, api_key: ApiKey) -> ApiKey:
    """End a key for good. Its user gets a new one at the next GET /api/user/api-key."""
    if api_key.revoked_at is None:
        api_key.revoked_at = timezone.now()
        api_key.is_default = False
        api_key.save(update_fields=["revoked_at", "is_default"])
    return api_key
