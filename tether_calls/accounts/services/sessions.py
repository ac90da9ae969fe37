"""Logging in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.utils import timezone

from tether_calls.accounts import login_limits
from tether_calls.accounts.models import User
from tether_calls.accounts.models.user import normalize_email
from tether_calls.accounts.services.second_factor import check_login_code
from tether_calls.accounts.services.user_sessions import begin_session
from tether_calls.accounts.tokens import TokenPair
from tether_calls.common.errors import ErrorCode, TetherError


@dataclass(frozen=True)
class Session:
    user: User
    tokens: TokenPair


def log_in(*, email: str, password: str, address: str, otp: str | None = None, user_agent: str = "") -> Session:
    """Begin a session. Raises INVALID_CREDENTIALS for every wrong pair, TOO_MANY_REQUESTS after too many failures.

    Of a user with two-factor login OTP_REQUIRED where the pair is right and there is no code, INVALID_OTP of a wrong
    one, which is a failure too. Django's backend hashes the password for an unknown address too, so both cases take the
    same time.
    """
    email = normalize_email(email)
    with login_limits.attempt(email=email, address=address) as attempt:
        user = authenticate(username=email, password=password)
        if not isinstance(user, User) or user.organization is None or not user.organization.is_active:
            raise TetherError(ErrorCode.INVALID_CREDENTIALS)
        if user.has_two_factor:
            if otp is None:
                # The pair is right: nothing has failed.
                attempt.succeeded()
                raise TetherError(ErrorCode.OTP_REQUIRED)
            check_login_code(user=user, code=otp)
        attempt.succeeded()
    return open_session(user=user, address=address, user_agent=user_agent)


def open_session(*, user: User, address: str, user_agent: str) -> Session:
    """Of a user of an organization who has proved who they are, by whatever door. Three statements."""
    User.objects.of_organization(user.home_id).filter(pk=user.pk).update(last_login=timezone.now())
    return Session(user=user, tokens=begin_session(user=user, address=address, user_agent=user_agent))
