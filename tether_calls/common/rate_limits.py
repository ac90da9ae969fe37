"""How often something may be done within a sliding window: counted in Redis where there is one, else in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage

# As long as the cache waits: an answer that takes longer does not come.
_REDIS_SECONDS = 2


class LimitsUnavailable(Exception):
    """Nothing can be counted: Redis is away."""


@dataclass(frozen=True)
class Allowance:
    """What a window has left. `reset_seconds`: until the oldest use in it no longer counts, from 1."""

    limit: int
    remaining: int
    reset_seconds: int
    granted: bool


def take(name: str, *, limit: int, window: timedelta, amount: int = 1) -> Allowance:
    """Use `amount` of `limit` within any `window`; what is refused is not counted. Raises LimitsUnavailable.

    Each unit is an entry: amounts are dozens, not thousands.
    """
    seconds = int(window.total_seconds())
    with _redis_may_be_away():
        # The storage, and not one of the library's strategies: those count anew when the limit is another one.
        storage = _storage(settings.REDIS_URL)
        granted = storage.acquire_entry(name, limit, seconds, amount)
        oldest, uses = storage.get_moving_window(name, limit, seconds)
    return Allowance(
        limit=limit,
        remaining=max(0, limit - uses) if granted else 0,
        reset_seconds=_until_free(oldest, seconds),
        granted=granted,
    )


def look(name: str, *, limit: int, window: timedelta) -> Allowance:
    """What `take` would answer, without using anything. Raises LimitsUnavailable."""
    seconds = int(window.total_seconds())
    with _redis_may_be_away():
        oldest, uses = _storage(settings.REDIS_URL).get_moving_window(name, limit, seconds)
    return Allowance(
        limit=limit,
        remaining=max(0, limit - uses - 1),
        reset_seconds=_until_free(oldest, seconds),
        granted=uses < limit,
    )


def uses_of(name: str, *, at_most: int, window: timedelta) -> int:
    """How many uses the window has, counted up to `at_most`. Raises LimitsUnavailable."""
    with _redis_may_be_away():
        _, uses = _storage(settings.REDIS_URL).get_moving_window(name, at_most, int(window.total_seconds()))
    return uses


def _until_free(oldest: float, seconds: int) -> int:
    """Seconds until a use of that time counts no more; Redis keeps times to a ten-thousandth of a second."""
    return min(max(1, math.ceil(oldest + seconds - time.time())), seconds)


@contextmanager
def _redis_may_be_away() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Redis's client has exceptions of its own, the socket others.
        raise LimitsUnavailable from error


@cache
def _storage(redis_url: str) -> MemoryStorage | RedisStorage:
    if not redis_url:
        return MemoryStorage()
    # What django-redis calls unix:// is redis+unix:// here.
    address = f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
    return RedisStorage(
        address, key_prefix="tether:limits", socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )
