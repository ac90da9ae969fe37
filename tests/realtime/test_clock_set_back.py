"""The machine's clock is set back by an hour: no event is missed, and none comes twice."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection

from calls.services.webhooks_out.fan_out import fan_out
from tests.calls.services.webhooks_out.receiving import happens, subscribed
from tests.factories import make_call, make_user
from tests.realtime.sockets import events_of, happen, live, numbers_of, opened_by
from tether_calls.accounts.models import User
from tether_calls.common import object_id
from tether_calls.realtime.models import EventLog

pytestmark = live

HOUR = 3_600 * 1_000_000_000


@pytest.fixture
def user(live_url: str) -> User:
    return make_user()


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The clock that ids are made by; the process has begun anew, and knows of none that it has made."""

    class AnHourAgo:
        @staticmethod
        def time_ns() -> int:
            return time.time_ns() - HOUR

    def set_it_back() -> None:
        monkeypatch.setattr(object_id, "time", AnHourAgo)
        monkeypatch.setattr(object_id, "_last_tick", 0)

    return set_it_back


def test_an_open_socket_hears_what_happens_then_once(live_url: str, user: User, set_back: Callable[[], None]) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]
        set_back()
        happen(user, 2)
        happen(user, 3, 4)
        assert numbers_of([socket.frame() for _ in range(3)]) == [2, 3, 4]
        assert socket.answers()


def test_a_client_that_was_away_gets_what_happened_then_and_nothing_else(
    live_url: str, user: User, set_back: Callable[[], None]
) -> None:
    happen(user, 1)
    (last,) = happen(user, 2)
    set_back()
    happen(user, 3, 4)
    happen(user, 5)
    # A resume of PostgreSQL's may bring some again, which clients know by id.
    again = [] if connection.vendor == "sqlite" else [1]
    with opened_by(user, live_url) as socket:
        missed, through = socket.resume(last, late=True)
        assert sorted(number for number in numbers_of(missed) if number not in again) == [3, 4, 5]
        if not again:
            assert socket.resume(through, late=True)[0] == []
        happen(user, 6)
        assert numbers_of([socket.frame()]) == [6]


def test_webhooks_are_made_of_what_happened_then_once(user: User, set_back: Callable[[], None]) -> None:
    subscription = subscribed(user, "https://example.com/hook", "call.ended").subscription
    calls = [make_call(user) for _ in range(3)]
    happens(calls[0], "call_ended")
    fan_out()
    set_back()
    happens(calls[1], "call_ended")
    happens(calls[2], "call_ended")
    fan_out()
    fan_out()

    told = list(subscription.messages.values_list("call_id", flat=True))
    assert (len(told), set(told)) == (3, {call.pk for call in calls})


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's readers go by transactions")
def test_events_keep_the_order_in_which_they_happened(user: User, set_back: Callable[[], None]) -> None:
    happen(user, 1)
    set_back()
    happen(user, 2, 3)
    # Another process, whose clock is right, is ahead.
    EventLog.objects.create(
        id=max(events_of(user))[:11] + "f" * 13,
        organization_id=user.home_id,
        name="note_created",
        data={"number": 4},
    )
    happen(user, 5)

    assert [data["number"] for data in events_of(user).values()] == [1, 2, 3, 4, 5]
