"""A socket gets everything that the log holds from when it was opened, in order, also what the channel layer loses."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tests.channel_layers import channel_layer_at
from tests.factories import make_user
from tests.realtime.clients import KINDS, Client
from tests.realtime.sockets import happen, live, numbers_of, opened_by
from tests.servers_gone import closed_port, silent_port
from tests.test_lost_sessions import end_all_sessions
from tests.unhurried import HOUR
from tests.waiting import wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens
from tether_calls.realtime import dispatch, follower, log
from tether_calls.realtime.comparing import read_on
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog

pytestmark = live


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def never_looks_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", HOUR)


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "POLL_SECONDS", 0.1)


def lose(user: User, number: int) -> EventLog:
    """An event that is in the log, and of which the channel layer says nothing."""
    return EventLog.objects.create(organization_id=user.home_id, name=EventName.NOTE_CREATED, data={"number": number})


# ---- Nothing is lost -----------------------------------------------------------------------------------------------


def test_an_event_that_was_lost_comes_before_the_next(live_url: str, user: User, never_looks_unasked: None) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]
        lose(user, 2)
        happen(user, 3)

        assert numbers_of([socket.frame(), socket.frame()]) == [2, 3]
        assert socket.answers()


def test_an_event_that_was_lost_comes_without_another(live_url: str, user: User, looks_often: None) -> None:
    with opened_by(user, live_url) as socket:
        lose(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_the_log_is_looked_at_once_a_second() -> None:
    assert follower.POLL_SECONDS == 1.0


def test_an_event_comes_once(live_url: str, user: User, looks_often: None) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1, 2)
        lose(user, 3)
        assert numbers_of([socket.frame() for _ in range(3)]) == [1, 2, 3]

        with pytest.raises(TimeoutError):
            socket.frame(seconds=0.8)


def test_what_happened_before_a_socket_opened_is_not_sent_to_it(live_url: str, user: User, looks_often: None) -> None:
    happen(user, 1)

    with opened_by(user, live_url) as socket, pytest.raises(TimeoutError):
        socket.frame(seconds=0.8)


def test_a_lost_event_of_another_organization_does_not_come(live_url: str, user: User, looks_often: None) -> None:
    other = make_user()
    with opened_by(user, live_url) as socket, opened_by(other, live_url) as others_socket:
        lose(other, 1)
        lose(user, 2)
        assert numbers_of([others_socket.frame()]) == [1]
        assert numbers_of([socket.frame()]) == [2]
        assert socket.answers()
        assert others_socket.answers()


@contextmanager
def three_of_ten_messages_are_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    chance = random.Random(7)
    send = dispatch._group_send

    async def send_perhaps(group: str, message: dict[str, Any], delay: float = 0.0) -> None:
        if chance.random() >= 0.3:
            await send(group, message, delay)

    with monkeypatch.context() as patch:
        patch.setattr(dispatch, "_group_send", send_perhaps)
        yield


def test_with_three_of_ten_messages_lost_every_socket_gets_everything_once_and_in_order(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(opened_by(user, live_url)) for _ in range(3)]
        stack.enter_context(three_of_ten_messages_are_lost(monkeypatch))
        for number in range(150):
            happen(user, number)

        for socket in sockets:
            assert numbers_of([socket.frame() for _ in range(150)]) == list(range(150))
            assert socket.answers()


@contextmanager
def listening(live_url: str, user: User) -> Iterator[dict[str, Client]]:
    """A client of each kind, which has received an event already: from there on it is to miss none."""

    async def token() -> str:
        return access

    async def listen() -> None:
        running = [asyncio.create_task(client.run()) for client in clients.values()]
        while not over.is_set():
            await asyncio.sleep(0.05)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    access = issue_tokens(user).access
    address = live_url.replace("http", "ws", 1) + "/ws/events"
    clients = {name: kind(lambda: address, token) for name, kind in KINDS.items()}
    over = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    try:
        for number in itertools.count():
            if all(client.received for client in clients.values()):
                break
            happen(user, -number)
            time.sleep(0.05)
        yield clients
    finally:
        over.set()
        thread.join()


def test_with_three_of_ten_messages_lost_no_kind_of_client_misses_any(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with three_of_ten_messages_are_lost(monkeypatch), listening(live_url, user) as clients:
        made = {event_id for number in range(200) for event_id in happen(user, number)}
        wait_until(lambda: all(client.received.keys() >= made for client in clients.values()))
        # They do so every few moments: on a machine that is quick not before all has been received.
        wait_until(lambda: clients["resuming"].resumes > 0 and clients["restless"].connections > 1)

    assert clients["steady"].connections == 1


@pytest.mark.parametrize("redis", ["dead", "silent"])
def test_without_a_channel_layer_sockets_open_and_get_everything(redis: str, live_url: str, user: User) -> None:
    with ExitStack() as stack:
        port = closed_port() if redis == "dead" else stack.enter_context(silent_port())
        stack.enter_context(channel_layer_at(port))
        with opened_by(user, live_url) as socket:
            happen(user, 1)
            happen(user, 2)
            assert numbers_of([socket.frame(), socket.frame()]) == [1, 2]
            assert socket.answers()


@pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite has no sessions that end")
def test_when_the_database_ends_its_sessions_sockets_stay_and_get_everything(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket, opened_by(user, live_url) as another:
        for number in range(5):
            end_all_sessions()
            happen(user, number)
            assert numbers_of([socket.frame(), another.frame()]) == [number] * 2
        assert socket.answers()


def test_who_comes_when_the_last_one_has_gone_gets_what_happens_from_then_on(live_url: str, user: User) -> None:
    for number in range(5):
        with opened_by(user, live_url) as socket:
            happen(user, number)
            assert numbers_of([socket.frame()]) == [number]
        happen(user, -number)


# ---- Many at once --------------------------------------------------------------------------------------------------


def test_more_events_than_fit_on_a_page_come_in_order(live_url: str, user: User) -> None:
    many = 2 * log.PAGE + 50
    with opened_by(user, live_url) as socket, opened_by(user, live_url) as another:
        happen(user, *range(many))
        assert numbers_of([socket.frame() for _ in range(many)]) == list(range(many))
        assert numbers_of([another.frame() for _ in range(many)]) == list(range(many))
        happen(user, many)
        assert numbers_of([socket.frame()]) == [many]


def test_what_comes_behind_a_page_that_has_been_erased_is_not_held_up(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_erase(**asked: Any) -> Any:
        found, compared = read_on(**asked)
        if len(found.ids) > log.PAGE:
            EventLog.objects.filter(pk__in=found.ids[: log.PAGE]).delete()
        return found, compared

    monkeypatch.setattr(follower, "read_on", read_and_erase)
    with opened_by(user, live_url) as socket:
        happen(user, *range(log.PAGE + 1))
        assert numbers_of([socket.frame()]) == [log.PAGE]
        happen(user, log.PAGE + 1)
        assert numbers_of([socket.frame()]) == [log.PAGE + 1]


def test_after_more_than_a_resume_sends_sockets_are_closed_so_that_they_resume(
    live_url: str, user: User, settings: Any
) -> None:
    settings.TETHER_RESUME_MAX_EVENTS = 10
    (last,) = happen(user, 0)
    with opened_by(user, live_url) as socket:
        happen(user, *range(1, 12))
        assert socket.close_code() == 4408

    with opened_by(user, live_url) as socket:
        warning, *missed = socket.resume(last)[0]
        assert warning["code"] == "RESUME_INCOMPLETE"
        assert numbers_of(missed) == list(range(1, 11))
        happen(user, 12)
        assert numbers_of([socket.frame()]) == [12]
