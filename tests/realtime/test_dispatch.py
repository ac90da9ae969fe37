"""Sending to groups costs the sender nothing, whatever state the channel layer is in."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Thread

import pytest
import requests
from django.conf import settings as django_settings

from tests.channel_layers import channel_layer_at
from tests.clients import vendor_of
from tests.factories import make_user, missed_call_body
from tests.realtime.sockets import events_of, happen, live
from tests.servers_gone import closed_port, silent_port
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.realtime import dispatch

pytestmark = live

PROJECT = Path(__file__).resolve().parents[2]
SENDS = 20


@contextmanager
def room_for(sends: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let so many be under way at once; in the end, wait until none is."""
    room = BoundedSemaphore(sends)
    monkeypatch.setattr(dispatch, "_pending", room)
    yield
    for _ in range(sends):
        assert room.acquire(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def _warned_of_nothing_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dispatch, "_last_warning", float("-inf"))
    monkeypatch.setattr(dispatch, "SEND_SECONDS", 0.3)
    with room_for(SENDS, monkeypatch):
        yield


@pytest.fixture(params=["dead", "silent"])
def without_redis(request: pytest.FixtureRequest) -> Iterator[None]:
    """The channel layer is a Redis that refuses connections, or takes them and says nothing."""
    if request.param == "dead":
        with channel_layer_at(closed_port()):
            yield
    else:
        with silent_port() as port, channel_layer_at(port):
            yield


@pytest.fixture
def user() -> User:
    return make_user()


def nothing_is_under_way() -> bool:
    return dispatch._pending._value == SENDS


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == dispatch.__name__]


def wait_for_warning(caplog: pytest.LogCaptureFixture) -> None:
    wait_until(lambda: warnings_in(caplog))


def test_without_a_channel_layer_publishing_waits_for_nothing(
    without_redis: None, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than any test may take; what is under way ends with the silent server.
    monkeypatch.setattr(dispatch, "SEND_SECONDS", 3_600)

    happen(user, 1)

    assert len(events_of(user)) == 1


def test_without_a_channel_layer_everything_is_logged_as_ever(without_redis: None, user: User) -> None:
    happen(user, 1, 2)

    assert len(events_of(user)) == 2


def test_a_channel_layer_that_is_away_is_warned_of_once(
    without_redis: None, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        happen(user, number)
    wait_for_warning(caplog)
    wait_until(nothing_is_under_way)

    (warning,) = warnings_in(caplog)
    assert warning.startswith("Events are not being sent: the channel layer is away (")


def test_the_warning_has_nothing_of_the_event_in_it(
    without_redis: None, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    happen(user, 271828182845)
    wait_for_warning(caplog)

    assert "271828182845" not in caplog.text


def test_with_a_channel_layer_that_is_away_a_call_is_ingested(without_redis: None, live_url: str) -> None:
    token = vendor_of(make_user()).token

    answer = requests.post(
        f"{live_url}/api/calls/ingest",
        json=missed_call_body(),
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
    )

    assert answer.status_code == 201


def test_what_waits_for_a_channel_layer_that_hangs_is_bounded(
    transactional_db: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        silent_port() as port,
        channel_layer_at(port),
        room_for(2, monkeypatch),
    ):
        # One of each organization's at most is under way.
        for number in range(3):
            happen(make_user(), number)

        assert warnings_in(caplog) == ["Events are not being sent: too many events are waiting for the channel layer"]


def test_a_send_of_another_thread_wakes_a_loop_that_has_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    monkeypatch.setattr(dispatch, "_loop", loop)
    try:
        # Left to be found when the loop next looks around, it would never be.
        dispatch.run(asyncio.sleep(0)).result(timeout=PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


FORKING = """
import os, sys, time
import django
django.setup()
from tether_calls.realtime import dispatch

def send():
    future = dispatch.run(dispatch._group_send("organization.x", {"type": "events", "frames": []}))
    future.result()

send()
child = os.fork()
if child == 0:
    try:
        send()
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)
_, status = os.waitpid(child, 0)
send()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_after_a_fork_both_processes_send() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tether_calls.settings.test"}
    finished = subprocess.run(
        [sys.executable, "-c", FORKING], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )

    assert finished.returncode == 0, finished.stderr
    assert django_settings.CHANNEL_LAYERS  # the child had the same
