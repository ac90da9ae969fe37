"""Locks in the cache, which all processes share: one holder at a time, and each lock ends by itself.

In Redis they are redis-py's locks, whose renewal and release are scripts that ask who the holder is. Django's other
caches have no locks: for the local-memory one, which belongs to one process, the threads of that process take turns.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any, Protocol

from django.core.cache import cache
from redis.exceptions import LockNotOwnedError

from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.masking import digest_name

logger = logging.getLogger(__name__)


class CacheLock:
    """A lock that one object may hold, for `seconds` at a time; it is named by a kind and by what it locks.

    A holder that does not renew it in time may find that another one has it; nothing is taken from that one.
    """

    def __init__(self, kind: str, *parts: str, seconds: float) -> None:
        self.name = digest_name(kind, *parts)
        self._kind, self._seconds, self._ends = kind, seconds, 0.0
        self._lock: _Lock | None = None
        # A renewal, by a thread of its own perhaps, and the release do not overlap: renewed afterwards, it would stay.
        self._turn = threading.Lock()

    @property
    def seconds_left(self) -> float:
        """How long it is certainly still held here; never more than the cache counts."""
        return max(0.0, self._ends - time.monotonic())

    def acquire(self) -> bool:
        """False, at once, where another one holds it. Raises LOCK_UNAVAILABLE where the cache is away."""
        with cache_required():
            lock = _lock_of(self.name, self._seconds)
            # Before it is asked for: what the cache counts from begins later, never earlier.
            ends = time.monotonic() + self._seconds
            if not lock.acquire():
                return False
        self._lock, self._ends = lock, ends
        return True

    def renew(self) -> bool:
        """Hold it for `seconds` from now, also where it has ended and no other has it by now.

        False where another one has it, or where the cache is away: then it ends when it would have ended.
        """
        with self._turn, self._cache_may_be_away():
            ends = time.monotonic() + self._seconds
            if self._lock is not None and self._lock.renew():
                self._ends = ends
                return True
        return False

    def release(self) -> None:
        """Let the next one have it at once; where the cache is away it ends by itself."""
        with self._turn, self._cache_may_be_away():
            lock, self._lock, self._ends = self._lock, None, 0.0
            if lock is not None:
                lock.release()

    def seconds_held(self) -> float:
        """For how long any holder has it yet; 0 where none does. Raises LOCK_UNAVAILABLE."""
        with cache_required():
            return max(0.0, _seconds_held(self.name))

    @contextmanager
    def _cache_may_be_away(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Its type only: the text of an error of the cache's client may name the server.
            logger.warning("A lock (%s) could not be renewed or released: %s", self._kind, type(error).__name__)


@contextmanager
def cache_required() -> Iterator[None]:
    """For what decides whether something is done twice: raises LOCK_UNAVAILABLE where the cache is away."""
    try:
        yield
    except Exception as error:
        # The cache's client has exceptions of its own, the socket others.
        raise TetherError(ErrorCode.LOCK_UNAVAILABLE) from error


class _Lock(Protocol):
    """Held by this object or not; the exceptions of the cache's client are let through."""

    def acquire(self) -> bool: ...

    def renew(self) -> bool: ...

    def release(self) -> None: ...


def _lock_of(name: str, seconds: float) -> _Lock:
    return _RedisLock(name, seconds) if _is_redis() else _LocalLock(name, seconds)


def _seconds_held(name: str) -> float:
    if _is_redis():
        return (_cache().pttl(name) or 0) / 1000
    held = cache.get(name)
    return 0.0 if held is None else float(held[1] - time.time())


def _is_redis() -> bool:
    return hasattr(cache, "lock")


def _cache() -> Any:
    """Django's cache, with what only django-redis has."""
    return cache


class _RedisLock:
    def __init__(self, name: str, seconds: float) -> None:
        self._token = token_hex(16)
        # Another thread may renew it than the one that took it.
        self._lock = _cache().lock(name, timeout=seconds, blocking=False, thread_local=False)

    def acquire(self) -> bool:
        return bool(self._lock.acquire(token=self._token))

    def renew(self) -> bool:
        try:
            return bool(self._lock.reacquire())
        except LockNotOwnedError:
            return self.acquire()

    def release(self) -> None:
        with suppress(LockNotOwnedError):
            self._lock.release()


class _LocalLock:
    # Between reading who the holder is and writing, no other thread may write.
    _turn = threading.Lock()

    def __init__(self, name: str, seconds: float) -> None:
        self._name, self._seconds = name, seconds
        self._token = token_hex(16)

    def acquire(self) -> bool:
        with self._turn:
            return cache.add(self._name, self._value(), self._seconds)

    def renew(self) -> bool:
        with self._turn:
            is_free = self._holder() in (None, self._token)
            if is_free:
                cache.set(self._name, self._value(), self._seconds)
            return is_free

    def release(self) -> None:
        with self._turn:
            if self._holder() == self._token:
                cache.delete(self._name)

    def _value(self) -> tuple[str, float]:
        return self._token, time.time() + self._seconds

    def _holder(self) -> str | None:
        held = cache.get(self._name)
        return None if held is None else str(held[0])
