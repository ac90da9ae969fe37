"""How often something may be done within a sliding window: counted in Redis where there is one, else in memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

# As with the cache: whoever waits longer for Redis has waited in vain.
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


def take(name: str, *, limit: int, window: timedelta) -> Allowance:
    """Use one of `limit` within any `window`; what is refused is not counted. Raises LimitsUnavailable."""
    limiter = _limiter(settings.REDIS_URL)
    item = RateLimitItemPerSecond(limit, multiples=int(window.total_seconds()), namespace="tether")
    try:
        granted = limiter.hit(item, name)
        reset_at, remaining = limiter.get_window_stats(item, name)
    except Exception as error:
        # Whatever Redis's client raises.
        raise LimitsUnavailable from error
    return Allowance(
        limit=limit,
        remaining=max(0, remaining) if granted else 0,
        reset_seconds=max(1, math.ceil(reset_at - time.time())),
        granted=granted,
    )


@cache
def _limiter(redis_url: str) -> MovingWindowRateLimiter:
    if not redis_url:
        return MovingWindowRateLimiter(MemoryStorage())
    # What django-redis calls unix:// is redis+unix:// here.
    address = f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
    return MovingWindowRateLimiter(
        RedisStorage(
            address, key_prefix="tether:limits", socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        )
    )
