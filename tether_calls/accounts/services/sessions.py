"""Logging in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.utils import timezone

from tether_calls.accounts import login_limits
from tether_calls.accounts.models import User
from tether_calls.accounts.models.user import normalize_email
from tether_calls.accounts.tokens import TokenPair, issue_tokens
from tether_calls.common.errors import ErrorCode, TetherError


@dataclass(frozen=True)
class Session:
    user: User
    tokens: TokenPair


def log_in(*, email: str, password: str, address: str) -> Session:
    """Begin a session. Raises INVALID_CREDENTIALS for every wrong pair, TOO_MANY_REQUESTS after too many failures.

    Django's backend hashes the password for an unknown address too, so both cases take the same time.
    """
    email = normalize_email(email)
    with login_limits.attempt(email=email, address=address) as attempt:
        user = authenticate(username=email, password=password)
        if not isinstance(user, User) or user.organization is None or not user.organization.is_active:
            raise TetherError(ErrorCode.INVALID_CREDENTIALS)
        attempt.succeeded()
    User.objects.of_organization(user.home_id).filter(pk=user.pk).update(last_login=timezone.now())
    return Session(user=user, tokens=issue_tokens(user))
