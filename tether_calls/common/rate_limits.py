"""How often something may be done within a sliding window: counted in Redis where there is one, else in memory."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from threading import Lock
from typing import TypeVar

from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage

# As long as the cache waits: an answer that takes longer does not come.
_REDIS_SECONDS = 2


# The lists are the library's: a use is its time, the newest first. All are looked at before the first one changes.
_TAKE_ALL = b"""
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
    local limit, seconds = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
    local last = limit > 0 and redis.call('lindex', key, limit - 1)
    if limit < 1 or (last and tonumber(last) >= now - seconds) then
        return i
    end
end
for i, key in ipairs(KEYS) do
    redis.call('lpush', key, now)
    redis.call('ltrim', key, 0, ARGV[2 * i] - 1)
    redis.call('expire', key, ARGV[2 * i + 1])
end
return 0
"""


class LimitsUnavailable(Exception):
    """Nothing can be counted: Redis is away."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many uses within any window, counted under a name."""

    name: str
    limit: int
    window: timedelta

    @property
    def seconds(self) -> int:
        return int(self.window.total_seconds())


LimitT = TypeVar("LimitT", bound=Limit)


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


def take_all(limits: Sequence[LimitT]) -> tuple[LimitT, Allowance]:
    """Use one of each, or of none: of two who are after the last use of one, the other uses up nothing elsewhere.

    The first limit that has nothing left, or the first of all where each had, with its allowance. Raises
    LimitsUnavailable.
    """
    with _redis_may_be_away():
        storage = _storage(settings.REDIS_URL)
        refused = _take_in_memory(storage, limits) if isinstance(storage, MemoryStorage) else _take(storage, limits)
        told = limits[0] if refused is None else refused
        oldest, uses = storage.get_moving_window(told.name, told.limit, told.seconds)
    return told, Allowance(
        limit=told.limit,
        remaining=max(0, told.limit - uses) if refused is None else 0,
        reset_seconds=_until_free(oldest, told.seconds),
        granted=refused is None,
    )


def uses_of(name: str, *, at_most: int, window: timedelta) -> int:
    """How many uses the window has, counted up to `at_most`. Raises LimitsUnavailable."""
    with _redis_may_be_away():
        _, uses = _storage(settings.REDIS_URL).get_moving_window(name, at_most, int(window.total_seconds()))
    return uses


# In memory, all uses of several limits together take turns.
_TURN = Lock()


def _take_in_memory(storage: MemoryStorage, limits: Sequence[LimitT]) -> LimitT | None:
    with _TURN:
        for limit in limits:
            _, uses = storage.get_moving_window(limit.name, limit.limit, limit.seconds)
            if uses >= limit.limit:
                return limit
        for limit in limits:
            storage.acquire_entry(limit.name, limit.limit, limit.seconds)
    return None


def _take(storage: RedisStorage, limits: Sequence[LimitT]) -> LimitT | None:
    script = storage.get_connection().register_script(_TAKE_ALL)
    values = [value for limit in limits for value in (limit.limit, limit.seconds)]
    refused = script([storage.prefixed_key(limit.name) for limit in limits], [time.time(), *values])
    return limits[int(refused) - 1] if refused else None


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
    return RedisStorage(
        redis_url, key_prefix="tether:limits", socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )
