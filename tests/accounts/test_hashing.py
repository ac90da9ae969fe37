"""Passwords are hashed a few at a time, whatever asks for it; more than a few wait, and the rest is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from tests.accounts.sessions import log_in
from tests.at_once import at_once
from tests.factories import make_user
from tests.waiting import wait_until
from tether_calls.accounts import hashers
from tether_calls.common.errors import ErrorCode, TetherError

pytestmark = pytest.mark.servers


class Work:
    """Hashing that ends when it is allowed to; `most` is how many went on at a time."""

    def __init__(self) -> None:
        self._lock, self.running, self.most, self.may_end = Lock(), 0, 0, False

    def do(self, *_: object) -> bool:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        wait_until(lambda: self.may_end)
        with self._lock:
            self.running -= 1
        return False


@pytest.fixture
def work(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    settings.PASSWORD_HASHERS = ["tether_calls.accounts.hashers.BoundedArgon2"]
    settings.TETHER_HASHING = 2
    hashers._semaphores.cache_clear()
    made = Work()
    monkeypatch.setattr(Argon2PasswordHasher, "verify", made.do)
    yield made
    made.may_end = True
    hashers._semaphores.cache_clear()


def test_of_many_at_once_a_few_are_hashed_a_few_wait_and_the_rest_is_refused(work: Work) -> None:
    hasher, refused = hashers.BoundedArgon2(), list[ErrorCode]()

    def verify() -> None:
        try:
            hasher.verify("password", "encoded")
        except TetherError as error:
            refused.append(error.code)
            # Those that were let in wait for the others' answer no longer.
            work.may_end = len(refused) == 12

    at_once([verify] * 20)

    assert work.most == 2
    assert refused == [ErrorCode.TOO_MANY_REQUESTS] * 12


@pytest.mark.django_db(transaction=True)
def test_a_login_that_was_not_looked_at_is_no_failure(work: Work, settings: Any) -> None:
    settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT = 1
    user = make_user()
    room, _ = hashers._semaphores()
    taken = 0
    with suppress(ValueError):
        while room.acquire(blocking=False):
            taken += 1

    answers = [log_in(user.email) for _ in range(3)]

    assert [answer.status for answer in answers] == [429] * 3
    for _ in range(taken):
        room.release()
    work.may_end = True
    assert log_in(user.email, "wrong").status == 401
