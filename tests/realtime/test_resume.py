"""A client that was away catches up."""

from __future__ import annotations

from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from tests.factories import make_user
from tests.realtime.sockets import Socket, events_of, happen, live, numbers_of, opened_by, publish_in_transaction
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.models import EventLog

pytestmark = live

INCOMPLETE = {
    "type": "error",
    "code": "RESUME_INCOMPLETE",
    "message": "Some events are no longer here; read the history as well",
}


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


def resumed(socket: Socket, after: Any) -> list[dict[str, Any]]:
    """What the socket sends for `resume`."""
    socket.say({"type": "resume", "after": after})
    return socket.frames_until_pong()


def test_exactly_what_was_missed_is_sent_in_order(live_url: str, user: User) -> None:
    happen(user, 0)
    with opened_by(user, live_url) as socket:
        happen(user, 1)
        last = socket.frame()["id"]
    for number in range(2, 12):
        happen(user, number)

    with opened_by(user, live_url) as socket:
        assert numbers_of(resumed(socket, last)) == list(range(2, 12))


def test_the_rest_of_a_transaction_of_which_only_a_part_arrived_is_sent(live_url: str, user: User) -> None:
    first, *_ = happen(user, 1, 2, 3)

    with opened_by(user, live_url) as socket:
        assert numbers_of(resumed(socket, first)) == [2, 3]


def test_who_has_missed_nothing_is_sent_nothing(live_url: str, user: User) -> None:
    *_, last = happen(user, 1, 2, 3)

    with opened_by(user, live_url) as socket:
        assert resumed(socket, last) == []


def test_an_event_looks_the_same_as_when_it_happened(live_url: str, user: User) -> None:
    (before,) = happen(user, 1)
    with opened_by(user, live_url) as socket:
        happen(user, 2)
        heard = socket.text()

    with opened_by(user, live_url) as socket:
        socket.say({"type": "resume", "after": before})
        assert socket.text() == heard


def test_only_events_of_the_own_organization_are_sent(live_url: str, user: User) -> None:
    other = make_user()
    (before,) = happen(user, 1)
    happen(other, 2)
    happen(user, 3)

    with opened_by(user, live_url) as socket:
        assert numbers_of(resumed(socket, before)) == [3]


def test_after_an_unknown_event_there_is_a_warning_and_what_there_is(live_url: str, user: User) -> None:
    happen(user, 1)
    unknown = new_object_id()
    happen(user, 2)

    with opened_by(user, live_url) as socket:
        warning, *frames = resumed(socket, unknown)

    assert warning == INCOMPLETE
    assert numbers_of(frames) == [2]


def test_an_event_of_another_organization_is_like_an_unknown_one(live_url: str, user: User) -> None:
    (theirs,) = happen(make_user(), 1)
    happen(user, 2)

    with opened_by(user, live_url) as socket:
        warning, *frames = resumed(socket, theirs)

    assert warning == INCOMPLETE
    assert numbers_of(frames) == [2]


def test_an_event_that_was_removed_since_is_like_an_unknown_one(live_url: str, user: User) -> None:
    (removed,) = happen(user, 1)
    happen(user, 2)
    EventLog.objects.filter(pk=removed).delete()

    with opened_by(user, live_url) as socket:
        warning, *frames = resumed(socket, removed)

    assert warning == INCOMPLETE
    assert numbers_of(frames) == [2]


def test_of_very_many_the_oldest_are_sent_with_a_warning(live_url: str, user: User, settings: Any) -> None:
    settings.TETHER_RESUME_MAX_EVENTS = 3
    first, *_ = happen(user, *range(6))

    with opened_by(user, live_url) as socket:
        warning, *frames = resumed(socket, first)
        assert warning == INCOMPLETE
        assert numbers_of(frames) == [1, 2, 3]
        # From there a client goes on.
        assert numbers_of(resumed(socket, frames[-1]["id"])) == [4, 5]


@pytest.mark.parametrize("after", ["", "x", "A" * 24, "a" * 25, "\0" * 24, "' OR 1=1 --", None, 5, [], {"$gt": ""}])
def test_what_is_no_id_is_answered_with_an_error(after: Any, live_url: str, user: User) -> None:
    happen(user, 1)

    with opened_by(user, live_url) as socket:
        (answer,) = resumed(socket, after)

    assert (answer["type"], answer["code"]) == ("error", "VALIDATION_ERROR")


def test_a_client_may_catch_up_more_than_once(live_url: str, user: User) -> None:
    first, *_ = happen(user, 1, 2)

    with opened_by(user, live_url) as socket:
        assert [numbers_of(resumed(socket, first)) for _ in range(3)] == [[2]] * 3


def test_what_happens_meanwhile_comes_after_what_was_missed(live_url: str, user: User) -> None:
    first, *_ = happen(user, *range(1_000))

    with opened_by(user, live_url) as socket:
        socket.say({"type": "resume", "after": first})
        for number in range(1_000, 1_005):
            happen(user, number)
        frames = [socket.frame() for _ in range(1_004)]
        frames += socket.frames_until_pong()

    # What happened before the log was read is in it, and heard live once more.
    ids_in_order = list(dict.fromkeys(frame["id"] for frame in frames))
    assert ids_in_order == sorted(ids_in_order)
    assert set(numbers_of(frames)) == set(range(1, 1_005))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one transaction write at a time")
@pytest.mark.parametrize("written_first", [True, False], ids=["written first", "written last"])
def test_an_event_that_was_committed_after_a_later_one_is_not_lost(
    written_first: bool, live_url: str, user: User
) -> None:
    begun, may_commit = Signal(), Signal()

    def slowly() -> None:
        try:
            with transaction.atomic():
                if written_first:
                    publish_in_transaction(user, 1)
                else:
                    # The transaction is under way, its event comes when the other one is over.
                    EventLog.objects.exists()
                begun.set()
                assert may_commit.wait(PATIENCE)
                if not written_first:
                    publish_in_transaction(user, 1)
        finally:
            connections.close_all()

    with opened_by(user, live_url) as socket:
        thread = Thread(target=slowly)
        thread.start()
        assert begun.wait(PATIENCE)
        (later,) = happen(user, 2)
        assert socket.frame()["id"] == later
    # The client is away when the slow one ends.
    may_commit.set()
    thread.join()
    happen(user, 3)

    with opened_by(user, live_url) as socket:
        frames = resumed(socket, later)
    assert numbers_of(frames) == [1, 3]
    assert len(events_of(user)) == 3


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite lets one transaction write at a time")
def test_a_transaction_that_began_long_before_repeats_nothing_of_the_last_one_seen(live_url: str, user: User) -> None:
    begun, may_commit = Signal(), Signal()

    def slowly() -> None:
        try:
            with transaction.atomic():
                publish_in_transaction(user, 1)
                begun.set()
                assert may_commit.wait(PATIENCE)
        finally:
            connections.close_all()

    thread = Thread(target=slowly)
    thread.start()
    assert begun.wait(PATIENCE)
    *_, last = happen(user, 2, 3, 4)
    may_commit.set()
    thread.join()

    with opened_by(user, live_url) as socket:
        assert numbers_of(resumed(socket, last)) == [1]


def test_only_postgresql_notes_transactions(user: User) -> None:
    happen(user, 1)

    row = EventLog.objects.of_organization(user.home_id).get()
    noted = (row.transaction_id is not None, row.oldest_open_transaction_id is not None)
    assert noted == ((True, True) if connection.vendor == "postgresql" else (False, False))
