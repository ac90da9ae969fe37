"""Events that become visible after others with greater ids, which on PostgreSQL is every day's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.factories import make_user
from tests.realtime.sockets import events_of, happen, live, numbers_of, opened_by, publish_in_transaction
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime import comparing
from tether_calls.realtime.events import EventName
from tether_calls.realtime.log import late_events
from tether_calls.realtime.models import EventLog

pytestmark = [
    live,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

# A number that no transaction of a young server has.
OF_ANOTHER_SERVER = 10**15


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def ids_of_late_tell_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only transactions tell: as if what is late had been written longer ago than ids are remembered."""
    monkeypatch.setattr(comparing, "OVERLAP", timedelta(0))


@contextmanager
def under_way(user: User, number: int, *, written_first: bool = True) -> Iterator[Callable[[], None]]:
    """A transaction that publishes an event and stays open until what this yields is called."""
    begun, may_commit = Signal(), Signal()

    def slowly() -> None:
        try:
            with transaction.atomic():
                if written_first:
                    publish_in_transaction(user, number)
                else:
                    # The transaction has its number, its event comes later.
                    Organization.objects.create(name="Another")
                begun.set()
                assert may_commit.wait(PATIENCE)
                if not written_first:
                    publish_in_transaction(user, number)
        finally:
            connections.close_all()

    def commit() -> None:
        may_commit.set()
        thread.join()

    thread = Thread(target=slowly)
    thread.start()
    assert begun.wait(PATIENCE)
    yield commit
    commit()


def written(user: User, number: int, *, transaction_id: int, event_id: str | None = None) -> EventLog:
    return EventLog.objects.create(
        pk=event_id or new_object_id(),
        organization_id=user.home_id,
        name=EventName.NOTE_CREATED,
        data={"number": number},
        transaction_id=transaction_id,
        oldest_open_transaction_id=transaction_id,
    )


# ---- To open sockets -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written_first", [True, False], ids=["written first", "written last"])
def test_an_event_that_is_committed_after_later_ones_comes_after_them(
    written_first: bool, live_url: str, user: User, ids_of_late_tell_nothing: None
) -> None:
    with opened_by(user, live_url) as socket, under_way(user, 1, written_first=written_first) as commit:
        for number in (2, 3):
            happen(user, number)
            assert numbers_of([socket.frame()]) == [number]
        commit()
        assert numbers_of([socket.frame()]) == [1]
        happen(user, 4)
        assert numbers_of([socket.frame()]) == [4]
        assert socket.answers()


def test_what_a_long_transaction_keeps_open_is_not_read_again_and_again(
    live_url: str, user: User, ids_of_late_tell_nothing: None
) -> None:
    with opened_by(user, live_url) as socket, under_way(make_user(), 0):
        for number in range(20):
            happen(user, number)
            assert numbers_of([socket.frame()]) == [number]
        assert socket.answers()


def test_a_socket_that_opens_while_a_transaction_is_under_way_gets_its_event(
    live_url: str, user: User, ids_of_late_tell_nothing: None
) -> None:
    with under_way(user, 1) as commit:
        happen(user, 2)
        with opened_by(user, live_url) as socket:
            commit()
            assert numbers_of([socket.frame()]) == [1]


def test_a_number_that_a_crash_gave_to_a_second_transaction_hides_no_event(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]
        # To the last look at the log this transaction was over long ago.
        written(user, 2, transaction_id=3)
        happen(user, 3)
        assert numbers_of([socket.frame(), socket.frame()]) == [2, 3]


def test_events_that_came_with_a_dump_of_another_server_are_not_sent_again(
    live_url: str, user: User, ids_of_late_tell_nothing: None
) -> None:
    for number in range(3):
        written(user, number, transaction_id=OF_ANOTHER_SERVER + number)

    with opened_by(user, live_url) as socket:
        for number in range(3, 6):
            happen(user, number)
            assert numbers_of([socket.frame()]) == [number]
        assert socket.answers()


# ---- To clients that resume ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written_first", [True, False], ids=["written first", "written last"])
def test_an_event_that_is_committed_while_the_client_is_away_is_among_the_missed(
    written_first: bool, live_url: str, user: User
) -> None:
    with opened_by(user, live_url) as socket, under_way(user, 1, written_first=written_first) as commit:
        (later,) = happen(user, 2)
        assert socket.frame()["id"] == later
        socket.close()
        commit()
    happen(user, 3)

    with opened_by(user, live_url) as socket:
        assert numbers_of(socket.resume(later, late=True)[0]) == [1, 3]
    assert len(events_of(user)) == 3


def test_a_transaction_that_began_long_before_repeats_nothing_of_the_last_one_seen(live_url: str, user: User) -> None:
    with under_way(user, 1) as commit:
        *_, last = happen(user, 2, 3, 4)
        commit()

    with opened_by(user, live_url) as socket:
        missed, through = socket.resume(last, late=True)
        assert numbers_of(missed) == [1]
        # Not from the late one, after which all others would come again.
        assert through == last


def test_an_event_that_is_committed_while_the_missed_are_sent_comes_after_them(
    live_url: str, user: User, ids_of_late_tell_nothing: None
) -> None:
    (first,) = happen(user, 0)
    with under_way(user, 1) as commit:
        *_, last = happen(user, *range(2, 500))
        with opened_by(user, live_url) as socket:
            missed, through = socket.resume(first, late=True)
            assert numbers_of(missed) == list(range(2, 500))
            assert through == last
            commit()
            assert numbers_of([socket.frame()]) == [1]
        # And to a client that was gone by then.
        with opened_by(user, live_url) as socket:
            assert 1 in numbers_of(socket.resume(through, late=True)[0])


def test_what_came_with_a_dump_is_missed_by_its_id_and_late_for_no_event(live_url: str, user: User) -> None:
    before = written(user, 0, transaction_id=OF_ANOTHER_SERVER)
    written(user, 1, transaction_id=OF_ANOTHER_SERVER + 1)
    (here,) = happen(user, 2)

    with opened_by(user, live_url) as socket:
        assert numbers_of(socket.resume(before.pk, late=True)[0]) == [1, 2]
        assert socket.resume(here, late=True) == ([], here)


# ---- To webhooks ---------------------------------------------------------------------------------------------------


def late(user: User, after: EventLog) -> list[Any]:
    found = late_events(
        organization_ids=Organization.objects.filter(pk=user.organization_id).values("pk"),
        names=list(EventName),
        last_seen=after.pk,
        transaction_id=after.transaction_id,
        oldest_open_transaction_id=after.oldest_open_transaction_id,
    )
    return [event.data["number"] for event in found]


def test_what_came_with_a_dump_is_not_late_for_webhooks(user: User) -> None:
    for number in range(3):
        written(user, number, transaction_id=OF_ANOTHER_SERVER + number)
    with under_way(user, 3) as commit:
        (newest,) = happen(user, 4)
        commit()

    assert late(user, EventLog.objects.get(pk=newest)) == [3]


def test_what_is_older_than_any_transaction_is_not_late_for_webhooks(user: User) -> None:
    long_ago = new_object_id(at=timezone.now() - timedelta(days=2))
    (newest,) = happen(user, 1)
    event = EventLog.objects.get(pk=newest)
    assert event.transaction_id is not None
    written(user, 2, transaction_id=event.transaction_id + 1, event_id=long_ago)

    assert late(user, event) == []


def test_a_resume_goes_on_however_many_may_be_late(live_url: str, user: User, settings: Any) -> None:
    settings.TETHER_RESUME_MAX_EVENTS = 5
    # While this is open, all that follows may be late for all that follows it.
    with under_way(make_user(), 0):
        after = [event_id for number in range(20) for event_id in happen(user, number)][8]
        with opened_by(user, live_url) as socket:
            numbers: set[int] = set()
            for _ in range(20):
                frames, through = socket.resume(after, late=True)
                numbers |= set(numbers_of([frame for frame in frames if "event" in frame]))
                if through == after:
                    break
                after = through

    assert set(range(9, 20)) <= numbers
