"""Two-factor login in tests: an authenticator app that shows the right code."""

from __future__ import annotations

import base64
import time

from django_otp.oath import TOTP  # type: ignore[import-untyped]

from tests.clients import Answer, ApiClient, logged_in
from tests.factories import PASSWORD
from tether_calls.accounts.models import SecondFactor, User

TWO_FACTOR = "/api/auth/two-factor"
CONFIRM = f"{TWO_FACTOR}/confirm"
RECOVERY_CODES = f"{TWO_FACTOR}/recovery-codes"
DISABLE = f"{TWO_FACTOR}/disable"


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows, on a telephone whose clock is so many steps of half a minute ahead."""
    totp = TOTP(base64.b32decode(secret))
    totp.time, totp.drift = time.time(), steps
    return f"{totp.token():06}"


def next_code(user: User) -> str:
    """A code of the user's app that has not been used."""
    factor = SecondFactor.objects.get(user=user)
    # As if the half minute were over.
    factor.last_step = 0
    factor.save(update_fields=["last_step"])
    return code_of(factor.secrets["totp"])


def wrong_code(user: User) -> str:
    secret = SecondFactor.objects.get(user=user).secrets["totp"]
    right = {code_of(secret, steps=steps) for steps in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in right
    )


def enrolled(user: User, password: str = PASSWORD) -> list[str]:
    """Set up two-factor login as a frontend does; the recovery codes."""
    client = logged_in(user)
    secret = client.post(TWO_FACTOR, {"password": password}).body["secret"]
    answer = client.post(CONFIRM, {"otp": code_of(secret)})
    assert answer.status == 200, answer
    user.refresh_from_db()
    codes: list[str] = answer.body["recoveryCodes"]
    return codes


def log_in_with(user: User, otp: str | None, password: str = PASSWORD) -> Answer:
    body = {"email": user.email, "password": password, **({} if otp is None else {"otp": otp})}
    return ApiClient().post("/api/auth/login", body)
