"""A client that was away catches up."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tests.factories import make_user
from tests.realtime.sockets import Socket, happen, live, numbers_of, opened_by
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime import consumers
from tether_calls.realtime.log import PAGE
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
    """What the socket sends for `resume`, up to the word that it is complete."""
    return socket.resume(after)[0]


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
        socket.say({"type": "resume", "after": after})
        (answer,) = socket.frames_until_pong()

    assert (answer["type"], answer["code"]) == ("error", "VALIDATION_ERROR")


def test_a_client_may_catch_up_more_than_once(live_url: str, user: User) -> None:
    first, *_ = happen(user, 1, 2)

    with opened_by(user, live_url) as socket:
        assert [numbers_of(resumed(socket, first)) for _ in range(3)] == [[2]] * 3


def test_it_says_through_which_event_everything_has_been_sent(live_url: str, user: User) -> None:
    first, *_, last = happen(user, 1, 2, 3)

    with opened_by(user, live_url) as socket:
        assert socket.resume(first)[1] == last
        assert socket.resume(last) == ([], last)


def test_of_very_many_it_says_which_was_the_last_that_fitted(live_url: str, user: User, settings: Any) -> None:
    settings.TETHER_RESUME_MAX_EVENTS = 3
    first, *_, fitting, _, last = happen(user, *range(6))

    with opened_by(user, live_url) as socket:
        assert socket.resume(first)[1] == fitting
        assert socket.resume(fitting)[1] == last


def test_after_an_unknown_event_it_goes_on_from_one_that_is_known(live_url: str, user: User) -> None:
    unknown = new_object_id()
    (known,) = happen(user, 1)

    with opened_by(user, live_url) as socket:
        assert socket.resume(unknown)[1] == known
        assert socket.resume(known) == ([], known)


def test_what_does_not_fit_on_a_page_is_sent_all_the_same(live_url: str, user: User) -> None:
    first, *_ = happen(user, *range(2 * PAGE + 50))

    with opened_by(user, live_url) as socket:
        assert numbers_of(resumed(socket, first)) == list(range(1, 2 * PAGE + 50))


def test_what_happens_before_it_is_complete_comes_after_it_and_once(live_url: str, user: User) -> None:
    first, *_ = happen(user, *range(1_000))

    with opened_by(user, live_url) as socket:
        socket.say({"type": "resume", "after": first})
        for number in range(1_000, 1_005):
            happen(user, number)
        frames = [socket.frame() for _ in range(1_005)]
        assert socket.answers()

    events = [frame for frame in frames if "event" in frame]
    assert numbers_of(events) == list(range(1, 1_005))


def test_what_happens_before_it_is_asked_for_comes_after_it(
    live_url: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "RESUME_WITHIN_SECONDS", 60.0)
    first, *_ = happen(user, 1, 2, 3)

    with opened_by(user, live_url) as colleague, opened_by(user, live_url) as socket:
        # The follower has handed it to both when one of them has it.
        happen(user, 4)
        assert numbers_of(resumed(colleague, first)) == [2, 3, 4]
        happen(user, 5)
        assert numbers_of([colleague.frame()]) == [5]

        assert numbers_of(resumed(socket, first)) == [2, 3, 4, 5]
        happen(user, 6)
        assert numbers_of([socket.frame()]) == [6]


def test_events_wait_for_a_resume_only_for_a_moment(live_url: str, user: User) -> None:
    assert consumers.RESUME_WITHIN_SECONDS < 1

    with opened_by(user, live_url) as socket:
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]


def test_a_resume_that_comes_late_sends_everything_once_more(live_url: str, user: User) -> None:
    first, *_ = happen(user, 1, 2)

    with opened_by(user, live_url) as socket:
        happen(user, 3)
        assert numbers_of([socket.frame()]) == [3]
        assert numbers_of(resumed(socket, first)) == [2, 3]


def test_only_postgresql_notes_transactions(user: User) -> None:
    happen(user, 1)

    row = EventLog.objects.of_organization(user.home_id).get()
    noted = (row.transaction_id is not None, row.oldest_open_transaction_id is not None)
    assert noted == ((True, True) if connection.vendor == "postgresql" else (False, False))
