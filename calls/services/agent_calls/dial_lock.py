"""The lock against dialling a call twice: taken before the dial, kept or released according to its outcome.

It lives in the cache, which all processes share. Where the cache does not answer nothing is dialled: two calls to one
person are worse than none.
"""

from __future__ import annotations

import logging
import math
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock, cache_required

logger = logging.getLogger(__name__)

LOCK_SECONDS = 30
# A lock that ends between two looks at it is tried for again, so often at most.
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class FirstDial:
    """What is remembered, for as long as the lock is held, of a dial that the provider accepted."""

    call_id: str
    conversation_id: str
    sip_call_id: str | None


class DialLock:
    """Ours until it ends by itself. Once a dial has begun, the cache's failures change nothing of the outcome."""

    def __init__(self, lock: CacheLock) -> None:
        self._lock = lock

    @property
    def seconds_left(self) -> float:
        """A dial must have ended by then, or another one may begin beside it."""
        return self._lock.seconds_left

    def accepted(self, first: FirstDial) -> None:
        """The same request gets the same ids for another LOCK_SECONDS."""
        try:
            # First, so that it is gone when the lock is: what is dialled after that is another call.
            cache.set(_name_of_first(self._lock), asdict(first), LOCK_SECONDS)
        except Exception as error:
            # The cache's client has exceptions of its own, the socket others.
            logger.warning("An accepted dial could not be remembered: %s", type(error).__name__)
        self._lock.renew()

    def keep(self) -> None:
        """It is not known whether the call was placed: no request may try again for another LOCK_SECONDS."""
        self._lock.renew()

    def free(self) -> None:
        """Certainly nothing was placed: the next one may try at once."""
        self._lock.release()


def acquire_dial_lock(*, user_id: str, contact_id: str, agent_id: str, to_number: str) -> DialLock | FirstDial:
    """The lock, or, where the same call was placed a moment ago, the ids of that.

    Raises OUTBOUND_IN_FLIGHT while another request has it, LOCK_UNAVAILABLE where the cache is away.
    """
    lock = CacheLock("dial", user_id, contact_id, agent_id, to_number, seconds=LOCK_SECONDS)
    for _ in range(_TRIES):
        if lock.acquire():
            return DialLock(lock)
        with cache_required():
            first: dict[str, Any] | None = cache.get(_name_of_first(lock))
        if first is not None:
            return FirstDial(**first)
        if seconds := lock.seconds_held():
            raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=min(math.ceil(seconds), LOCK_SECONDS))
    raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=1)


def _name_of_first(lock: CacheLock) -> str:
    return f"{lock.name}:first"
