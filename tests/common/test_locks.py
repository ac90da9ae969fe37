"""Locks in the cache: one holder at a time, whatever the cache is and whatever becomes of it."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from django.core.cache import cache, caches

from tests.at_once import at_once
from tests.caches import gone, gone_after_add
from tests.waiting import wait_until
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock

pytestmark = pytest.mark.servers


def lock(*parts: str, seconds: float = 60) -> CacheLock:
    return CacheLock("test", *(parts or ("one",)), seconds=seconds)


def ended() -> CacheLock:
    """One that was held, and that the cache knows no more."""
    held = lock()
    assert held.acquire()
    cache.clear()
    return held


def test_one_holder_at_a_time() -> None:
    first, second = lock(), lock()

    assert first.acquire()
    assert not second.acquire()
    assert lock("another").acquire()

    first.release()
    assert second.acquire()


def test_of_many_at_once_one_gets_it() -> None:
    assert sorted(at_once([lock().acquire for _ in range(8)])) == [False] * 7 + [True]


def test_its_holder_does_not_get_it_twice() -> None:
    held = lock()
    assert held.acquire()
    assert not held.acquire()
    held.release()
    assert lock().acquire()


def test_it_ends_by_itself() -> None:
    held = lock(seconds=0.2)
    assert held.acquire()

    wait_until(lambda: lock().acquire(), what="the lock's end")

    wait_until(lambda: not held.seconds_left)


def test_how_long_it_is_held_is_known_to_its_holder_and_to_others() -> None:
    held = lock(seconds=30)
    assert held.acquire()

    assert 0 < held.seconds_left <= 30
    assert 0 < lock().seconds_held() <= 30

    held.release()
    assert (held.seconds_left, lock().seconds_held()) == (0, 0)


def test_one_that_is_renewed_lasts_longer() -> None:
    held = lock(seconds=30)
    assert held.acquire()
    # In this order no later than its end, and below no earlier, however slow the machine is.
    ends = time.monotonic() + held.seconds_left

    wait_until(lambda: held.seconds_left < 29.9)
    assert held.renew()

    assert held.seconds_left + time.monotonic() > ends
    assert lock().seconds_held() + time.monotonic() > ends
    assert not lock().acquire()


# ---- A holder that was too slow ----------------------------------------------------------------------------------


def test_what_another_one_has_by_now_is_not_released() -> None:
    slow, other = ended(), lock()
    assert other.acquire()

    slow.release()

    assert not lock().acquire()
    other.release()
    assert lock().acquire()


def test_what_another_one_has_by_now_is_not_renewed() -> None:
    slow, other = ended(), lock()
    assert other.acquire()

    assert not slow.renew()

    other.release()
    assert lock().acquire(), "it is not held by two"


def test_what_nobody_has_by_now_is_held_again() -> None:
    slow = ended()

    assert slow.renew()

    assert not lock().acquire()


def test_one_that_is_released_is_not_renewed() -> None:
    held = lock()
    assert held.acquire()
    held.release()

    assert not held.renew()

    assert lock().acquire()


# ---- The cache ---------------------------------------------------------------------------------------------------


def test_without_the_cache_there_is_one_answer(settings: Any) -> None:
    settings.CACHES = gone()

    for ask in (lock().acquire, lock().seconds_held):
        with pytest.raises(TetherError) as raised:
            ask()
        assert raised.value.code == ErrorCode.LOCK_UNAVAILABLE


def test_where_the_cache_goes_away_its_holder_goes_on(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CACHES = gone_after_add()
    held = lock()
    assert held.acquire()

    assert not held.renew()
    held.release()

    assert caplog.text.count("A lock (test) could not be renewed or released: ConnectionError") == 2
    cache.clear()


@pytest.mark.skipif("REDIS_URL" not in os.environ, reason="only where real servers run")
def test_where_redis_goes_away_its_holder_goes_on(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    from tests.servers import redis

    with redis() as server:
        settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": server.url}}
        held = lock()
        assert held.acquire()
        assert held.renew()

    assert not held.renew()
    held.release()
    assert caplog.text.count("could not be renewed or released") == 2


def test_other_entries_do_not_push_it_out() -> None:
    held = lock()
    assert held.acquire()

    cache.set_many({f"entry:{number}": number for number in range(2_000)})

    assert not lock().acquire()


def test_the_cache_holds_no_telephone_number() -> None:
    assert lock("+14165550199").acquire()

    names = cache.keys("*") if hasattr(cache, "keys") else list(caches["default"]._cache)  # type: ignore[attr-defined]

    assert any("test:" in name for name in names)
    assert not any("4165550199" in name for name in names)
