"""/readyz tells when beat or the workers stand still; what is late is degraded, and never taken out of the balancer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from celery.signals import after_task_publish
from django.core.cache import cache
from django.test import override_settings
from pytest_django import Settings

from tests.caches import gone
from tests.clients import Answer, ApiClient
from tests.waiting import PATIENCE, wait_until
from tether_calls.background import jobs
from tether_calls.background.clock import note_sent, note_worked
from tether_calls.background.jobs import do_job
from tether_calls.celery import note_what_is_sent

# /readyz writes to the database, which a test's own transaction would keep it from.
pytestmark = pytest.mark.django_db(transaction=True)

GOES_ON, MAY_END = threading.Event(), threading.Event()

Later = Callable[[float], None]


def often() -> None:
    """A job."""


def seldom() -> None:
    """A job."""


def takes_long() -> None:
    GOES_ON.set()
    assert MAY_END.wait(PATIENCE)


@pytest.fixture(autouse=True)
def _two_jobs(settings: Settings) -> None:
    cache.clear()
    settings.TETHER_JOBS = {"often": (f"{__name__}.often", 10.0), "seldom": (f"{__name__}.seldom", 3600.0)}


def readyz() -> Answer:
    return ApiClient().get("/readyz")


def verdicts() -> tuple[int, str, str, str]:
    answer = readyz()
    return answer.status, answer.body["status"], answer.body["beat"], answer.body["worker"]


def test_a_service_that_has_just_started_waits_for_three_periods(later: Later) -> None:
    assert verdicts() == (200, "ok", "ok", "ok")
    later(29)
    assert verdicts() == (200, "ok", "ok", "ok")
    later(31)
    assert verdicts() == (200, "degraded", "late", "late")


def test_a_worker_that_does_nothing_is_late_and_beat_is_not(later: Later) -> None:
    for name in ("often", "seldom"):
        do_job(name)
        note_sent(name)
    later(31)
    note_sent("often")

    assert verdicts() == (200, "degraded", "ok", "late")
    assert do_job("often")
    assert verdicts() == (200, "ok", "ok", "ok")


def test_beat_that_does_nothing_is_late_also_while_others_wake_a_job(later: Later) -> None:
    for name in ("often", "seldom"):
        note_sent(name)
    later(31)
    for name in ("often", "seldom"):
        do_job(name)

    assert verdicts() == (200, "degraded", "late", "ok")


def test_each_job_has_its_own_periods(later: Later) -> None:
    for name in ("often", "seldom"):
        note_sent(name)
        note_worked(name)
    later(3 * 3600 + 1)
    note_sent("often")
    note_worked("often")

    assert verdicts() == (200, "degraded", "late", "late"), "the seldom one"


def test_a_run_that_takes_long_is_not_late(later: Later, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_RENEW_SECONDS", 0.05)
    settings.TETHER_JOBS = {"takes_long": (f"{__name__}.takes_long", 10.0)}
    GOES_ON.clear()
    MAY_END.clear()
    thread = threading.Thread(target=do_job, args=("takes_long",))
    thread.start()
    try:
        assert GOES_ON.wait(PATIENCE)
        later(31)
        note_sent("takes_long")
        wait_until(lambda: verdicts() == (200, "ok", "ok", "ok"), what="the mark of the run")
    finally:
        MAY_END.set()
        thread.join()


def test_a_turn_that_finds_all_slots_taken_shows_that_the_worker_lives(later: Later, settings: Settings) -> None:
    settings.TETHER_JOBS = {"often": (f"{__name__}.often", 10.0)}
    settings.TETHER_JOB_SLOTS = {"often": 0}
    later(31)
    note_sent("often")

    assert not do_job("often")
    assert verdicts() == (200, "ok", "ok", "ok")


def test_the_embedded_process_is_its_own_clock(later: Later, settings: Settings) -> None:
    settings.TETHER_JOBS_IN_PROCESS = True
    for name in ("often", "seldom"):
        do_job(name)
    later(29)
    assert verdicts() == (200, "ok", "ok", "ok")
    later(31)
    assert verdicts() == (200, "degraded", "late", "late")


def test_without_the_cache_it_is_not_known() -> None:
    with override_settings(CACHES=gone()):
        assert verdicts() == (503, "unavailable", "unknown", "unknown")


def test_what_beat_sends_is_noted_and_what_others_send_is_not(later: Later) -> None:
    published: dict[str, Any] = {"sender": "tether_calls.background.run_job", "body": (("seldom",), {}, {})}
    assert verdicts()[2] == "ok"
    later(3 * 3600 + 1)
    after_task_publish.send(**published)
    note_sent("often")
    assert verdicts()[2] == "late"

    receivers = list(after_task_publish.receivers or ())
    try:
        note_what_is_sent()
        after_task_publish.send(**published)
    finally:
        after_task_publish.receivers = receivers

    assert verdicts()[2] == "ok"
