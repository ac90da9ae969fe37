"""Jobs: one run at a time, by the clock, whatever happens to the one before."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils.module_loading import import_string

from tests.caches import gone, gone_after_add
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.background import jobs
from tether_calls.background.jobs import do_job
from tether_calls.background.runner import Runner
from tether_calls.background.tasks import run_job
from tether_calls.background.wake import wake
from tether_calls.celery import app
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.settings.background import TETHER_JOBS

pytestmark = pytest.mark.servers

RAN: list[str] = []
GOES_ON, MAY_END = threading.Event(), threading.Event()


def count() -> None:
    RAN.append("count")


def wait() -> None:
    RAN.append("wait")
    GOES_ON.set()
    assert MAY_END.wait(PATIENCE)


def fail() -> None:
    RAN.append("fail")
    raise ValueError("on purpose")


@pytest.fixture(autouse=True)
def _jobs(settings: Any) -> Iterator[None]:
    settings.TETHER_JOBS = {name: (f"{__name__}.{name}", 0.01) for name in ("count", "wait", "fail")}
    settings.TETHER_JOB_SLOTS = {}
    RAN.clear()
    GOES_ON.clear()
    MAY_END.clear()
    yield
    MAY_END.set()
    # A runner that stopped in this process tells every job of it to stop, those of other tests too.
    jobs.stopping.clear()


def test_a_job_is_not_started_while_it_runs(settings: Any) -> None:
    thread = threading.Thread(target=do_job, args=("wait",))
    thread.start()
    assert GOES_ON.wait(PATIENCE)

    assert not do_job("wait")
    assert do_job("count"), "another one is"

    MAY_END.set()
    thread.join()
    assert do_job("wait")
    assert RAN == ["wait", "count", "wait"]


def test_a_job_with_two_slots_runs_twice_at_once(settings: Any) -> None:
    settings.TETHER_JOB_SLOTS = {"wait": 2}
    threads = [threading.Thread(target=do_job, args=("wait",)) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert GOES_ON.wait(PATIENCE)
        GOES_ON.clear()
    assert not do_job("wait")
    MAY_END.set()
    for thread in threads:
        thread.join()


def test_a_job_that_failed_may_run_again() -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="on purpose"):
            do_job("fail")
    assert RAN == ["fail", "fail"]


def test_a_killed_run_does_not_block_for_ever() -> None:
    of_killed = CacheLock("job", "count", "0", seconds=60)
    assert of_killed.acquire()
    assert not do_job("count")
    of_killed.release()

    assert CacheLock("job", "count", "0", seconds=0.2).acquire()
    wait_until(lambda: do_job("count"), what="the end of the slot")


def test_a_run_that_has_lost_its_slot_leaves_the_next_one_its_own() -> None:
    thread = threading.Thread(target=do_job, args=("wait",))
    thread.start()
    assert GOES_ON.wait(PATIENCE)
    # As if the process had been suspended for longer than its slot lasts.
    cache.clear()
    of_next = CacheLock("job", "wait", "0", seconds=60)
    assert of_next.acquire()

    MAY_END.set()
    thread.join()

    assert not do_job("wait")
    of_next.release()
    assert do_job("wait")


def test_a_run_keeps_its_slot_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_RENEW_SECONDS", 0.05)
    slot = CacheLock("job", "wait", "0", seconds=1)

    def end() -> float:
        return slot.seconds_held() + time.monotonic()

    def is_held_until(moment: float) -> bool:
        return end() > moment

    thread = threading.Thread(target=do_job, args=("wait",))
    thread.start()
    assert GOES_ON.wait(PATIENCE)
    for _ in range(3):
        later = end() + 0.02
        wait_until(partial(is_held_until, later), what="a renewal")
    assert not do_job("wait")
    MAY_END.set()
    thread.join()


def test_a_run_outlasts_a_cache_that_is_away_for_a_while(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(jobs, "_RENEW_SECONDS", 0.05)
    settings.CACHES = gone_after_add()
    ran: list[bool] = []
    thread = threading.Thread(target=lambda: ran.append(do_job("wait")))
    thread.start()
    assert GOES_ON.wait(PATIENCE)

    wait_until(lambda: caplog.text.count("could not be renewed") > 1)
    MAY_END.set()
    thread.join()
    assert ran == [True]


def test_without_the_cache_a_job_is_not_begun(settings: Any) -> None:
    settings.CACHES = gone()
    with pytest.raises(TetherError) as raised:
        do_job("count")
    assert raised.value.code == ErrorCode.LOCK_UNAVAILABLE
    assert RAN == []


def test_once_the_process_ends_a_job_takes_nothing_more() -> None:
    taken = []
    for number in jobs.until_stopping([1, 2, 3]):
        taken.append(number)
        if number == 2:
            jobs.stopping.set()
    assert taken == [1, 2]


def test_what_a_process_is_told_its_children_know() -> None:
    """As of Celery's worker, which gets the signal while its children do the jobs."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(told, 1)
        os._exit(0 if jobs.stopping.is_set() else 1)
    jobs.stopping.set()
    os.write(tell, b"!")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_task_does_the_job_that_it_names() -> None:
    run_job("count")
    assert RAN == ["count"]


def test_the_runner_does_every_job_again_and_again_also_one_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    runner = Runner()
    runner.start()
    try:
        wait_until(GOES_ON.is_set)
        wait_until(lambda: RAN.count("fail") > 2 and RAN.count("count") > 2)
        assert RAN.count("wait") == 1, "one that hangs keeps no other waiting"
    finally:
        MAY_END.set()
        runner.stop()

    assert jobs.stopping.is_set()
    assert "The job fail failed" in caplog.text
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job-")]


# ---- What is configured --------------------------------------------------------------------------------------------


def test_every_job_is_a_function_that_beat_sends_a_task_for() -> None:
    app.loader.import_default_modules()
    schedule = app.conf.beat_schedule
    assert set(schedule) == set(TETHER_JOBS)
    for name, (function, seconds) in TETHER_JOBS.items():
        assert callable(import_string(function))
        assert schedule[name]["args"] == (name,)
        assert schedule[name]["schedule"] == seconds
        assert schedule[name]["task"] in app.tasks


def test_celery_hands_on_what_a_worker_did_not_finish_and_keeps_no_results() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_a_job_that_is_woken_runs_before_its_turn(settings: Any) -> None:
    settings.TETHER_JOBS = {"count": (f"{__name__}.count", 3600.0)}
    settings.TETHER_JOBS_IN_PROCESS = True
    runner = Runner()
    runner.start()
    try:
        wake("count")
        wait_until(lambda: RAN == ["count"])
        wake("count")
        wait_until(lambda: RAN == ["count"] * 2)
    finally:
        runner.stop()

    wake("count")
    assert RAN == ["count"] * 2


def test_where_no_jobs_run_waking_one_costs_nothing(settings: Any) -> None:
    settings.TETHER_JOBS_IN_PROCESS = True

    wake("count")

    assert RAN == []


@pytest.mark.django_db(transaction=True)
def test_an_event_wakes_the_jobs_that_wait_for_events_when_it_is_committed(user: User, settings: Any) -> None:
    settings.TETHER_JOBS = {"count": (f"{__name__}.count", 3600.0)}
    settings.TETHER_JOBS_WOKEN_BY_EVENTS = ("count",)
    settings.TETHER_JOBS_IN_PROCESS = True
    runner = Runner()
    runner.start()
    try:
        with transaction.atomic():
            publish(organization_id=user.home_id, call_id=None, events=[Event(EventName.CALL_CONTENT_CHANGED, {})])
            assert RAN == []
        wait_until(lambda: RAN == ["count"])
    finally:
        runner.stop()
