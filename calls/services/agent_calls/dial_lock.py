"""The lock against calling somebody twice: taken before a dial, kept or freed by what became of it.

It lives in the cache, which all processes share. Where the cache does not answer nothing is dialled: two calls to one
person are worse than none.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.core.cache import cache

from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOCK_SECONDS = 30
# A lock that ends between two looks at it is tried for again, so often at most.
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class FirstDial:
    """What the lock remembers of a dial that the provider accepted."""

    call_id: str
    conversation_id: str
    sip_call_id: str | None


class DialLock:
    """Ours until it ends by itself. Once a dial has begun, the cache's failures change nothing of the outcome."""

    def __init__(self, key: str, *, ends: float) -> None:
        self._key, self._ends = key, ends

    @property
    def seconds_left(self) -> float:
        """A dial must have ended by then, or another one may begin beside it."""
        return max(0.0, self._ends - time.monotonic())

    def accepted(self, first: FirstDial) -> None:
        """The same request gets the same ids for another LOCK_SECONDS."""
        _attempt(lambda: cache.set(self._key, {"first": asdict(first)}, LOCK_SECONDS))

    def keep(self) -> None:
        """Nobody knows whether the call was placed: nobody may try again for another LOCK_SECONDS."""
        _attempt(lambda: cache.set(self._key, _in_flight(), LOCK_SECONDS))

    def free(self) -> None:
        """Certainly nothing was placed: the next one may try at once."""
        # Past its end it may be somebody else's.
        if self.seconds_left:
            _attempt(lambda: cache.delete(self._key))


def acquire_dial_lock(*, user_id: str, contact_id: str, agent_id: str, to_number: str) -> DialLock | FirstDial:
    """The lock, or, where the same call was placed a moment ago, the ids of that.

    Raises OUTBOUND_IN_FLIGHT while somebody else has it, LOCK_UNAVAILABLE where the cache is away.
    """
    key = _key(user_id, contact_id, agent_id, to_number)
    for _ in range(_TRIES):
        # Before it is asked for: what the cache counts from begins later, never earlier.
        ends = time.monotonic() + LOCK_SECONDS
        if _asked(lambda: cache.add(key, _in_flight(), LOCK_SECONDS)):
            return DialLock(key, ends=ends)
        held: dict[str, Any] | None = _asked(lambda: cache.get(key))
        if held is None:
            continue
        if "first" in held:
            return FirstDial(**held["first"])
        seconds = math.ceil(held["until"] - time.time())
        raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=min(max(seconds, 1), LOCK_SECONDS))
    raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=1)


def _key(*parts: str) -> str:
    """The cache holds no numbers of anybody."""
    return f"dial:{hashlib.sha256(' '.join(parts).encode()).hexdigest()}"


def _in_flight() -> dict[str, Any]:
    return {"until": time.time() + LOCK_SECONDS}


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except Exception as error:
        # Whatever the cache's client raises.
        raise TetherError(ErrorCode.LOCK_UNAVAILABLE) from error


def _attempt(change: Callable[[], object]) -> None:
    try:
        change()
    except Exception:
        logger.exception("The lock of a dial cannot be changed: the cache is away; it ends by itself")
