"""Hashing passwords: a few at a time, since each takes 100 MB and a core for a third of a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from tether_calls.common.errors import ErrorCode, TetherError

# Who waits for a slot holds a thread of the server: no more than this many do.
_WAITING = 6


class BoundedArgon2(Argon2PasswordHasher):
    """Django's, with TETHER_HASHING slots for the process. Raises TOO_MANY_REQUESTS where enough wait for one."""

    def encode(self, password: str, salt: str) -> str:
        with _slot():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slot():
            return super().verify(password, encoded)


@contextmanager
def _slot() -> Iterator[None]:
    room, slots = _semaphores()
    if not room.acquire(blocking=False):
        raise TetherError(ErrorCode.TOO_MANY_REQUESTS, "Too many logins at once; try again", retry_after=1)
    try:
        with slots:
            yield
    finally:
        room.release()


@cache
def _semaphores() -> tuple[BoundedSemaphore, BoundedSemaphore]:
    """For those that wait or work, and for those that work."""
    return BoundedSemaphore(settings.TETHER_HASHING + _WAITING), BoundedSemaphore(settings.TETHER_HASHING)
