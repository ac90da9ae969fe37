"""Logging in and staying so, as the frontend does it."""

from __future__ import annotations

from typing import Any

from tests.clients import Answer, ApiClient
from tests.factories import PASSWORD
from tether_calls.accounts.models import User

LOGIN = "/api/auth/login"
REFRESH = "/api/auth/refresh"
LOGOUT = "/api/auth/logout"
VERIFY = "/api/auth/verify-token"
PROFILE = "/api/user/profile"
API_KEY = "/api/user/api-key"
REGENERATE = "/api/user/api-key/regenerate"

REFUSED = {"success": False, "error": "Invalid or expired token", "code": "UNAUTHORIZED"}
WRONG_PAIR = {"success": False, "error": "Invalid email or password", "code": "INVALID_CREDENTIALS"}


def log_in(email: str, password: str = PASSWORD) -> Answer:
    return ApiClient().post(LOGIN, {"email": email, "password": password})


def session_of(user: User) -> dict[str, Any]:
    """Log in; token, refreshToken and user."""
    answer = log_in(user.email)
    assert answer.status == 200, answer
    session: dict[str, Any] = answer.body
    return session


def refresh(refresh_token: Any) -> Answer:
    return ApiClient().post(REFRESH, {"refreshToken": refresh_token})


def log_out(refresh_token: Any) -> Answer:
    return ApiClient().post(LOGOUT, {"refreshToken": refresh_token})


def verify(token: str | None) -> Answer:
    return ApiClient(token).get(VERIFY)


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.body) == (401, REFUSED)
