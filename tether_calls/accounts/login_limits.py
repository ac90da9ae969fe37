"""Failed logins are counted per address and per account; past the limit, both have to wait."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache

from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 300


class Attempt:
    """One try; counted as failed before the password is looked at, so that parallel guesses count too."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys

    def succeeded(self) -> None:
        """Take the count back: only failures are to be counted."""
        for key in self._keys:
            _change(key, -1)


@contextmanager
def attempt(*, email: str, address: str) -> Iterator[Attempt]:
    """Count a try to log in. Raises TOO_MANY_REQUESTS with the seconds to wait.

    Where the cache is away nobody is locked out: the password still decides.
    """
    limits = {
        f"login:address:{_digest(address)}": settings.TETHER_LOGIN_FAILURES_PER_ADDRESS,
        f"login:account:{_digest(email)}": settings.TETHER_LOGIN_FAILURES_PER_ACCOUNT,
    }
    counts = {key: _change(key, 1) for key in limits}
    if any(counts[key] > limit for key, limit in limits.items()):
        for key in limits:
            _change(key, -1)
        raise TetherError(
            ErrorCode.TOO_MANY_REQUESTS, "Too many failed logins; try again later", retry_after=WINDOW_SECONDS
        )
    yield Attempt(list(limits))


def _change(key: str, by: int) -> int:
    """Add to a counter that lives for the window, and return it; 0 where the cache is away."""
    try:
        cache.add(key, 0, WINDOW_SECONDS)
        return int(cache.incr(key, by))
    except ValueError:  # expired between the two
        return 0
    except Exception:
        # Whatever the cache's client raises.
        logger.exception("Failed logins cannot be counted: the cache is away")
        return 0


def _digest(text: str) -> str:
    """The cache holds no addresses of anybody."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
