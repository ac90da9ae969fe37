"""A socket that stays open is looked after: whose it is, and whether it has heard everything."""

from __future__ import annotations

import pytest

from tests.factories import make_user
from tests.realtime.sockets import happen, live, numbers_of, opened_by
from tether_calls.accounts.models import User
from tether_calls.realtime import consumers
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog

pytestmark = live


@pytest.fixture
def user(live_url: str, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(consumers, "WATCH_SECONDS", 0.2)
    return make_user()


def lose(user: User, number: int) -> EventLog:
    """An event that is in the log, and that the channel layer never delivered."""
    return EventLog.objects.create(organization_id=user.home_id, name=EventName.NOTE_CREATED, data={"number": number})


def test_an_event_that_the_channel_layer_lost_arrives_all_the_same(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1)
        assert numbers_of([socket.frame()]) == [1]
        lose(user, 2)

        assert numbers_of([socket.frame()]) == [2]


def test_what_has_arrived_is_not_sent_again(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        happen(user, 1, 2)
        assert numbers_of([socket.frame(), socket.frame()]) == [1, 2]

        with pytest.raises(TimeoutError):
            socket.frame(seconds=0.8)


def test_what_happened_before_the_socket_opened_is_not_sent_unasked(live_url: str, user: User) -> None:
    happen(user, 1)

    with opened_by(user, live_url) as socket, pytest.raises(TimeoutError):
        socket.frame(seconds=0.8)


def test_a_lost_event_of_another_organization_does_not_arrive(live_url: str, user: User) -> None:
    with opened_by(user, live_url) as socket:
        lose(make_user(), 1)

        with pytest.raises(TimeoutError):
            socket.frame(seconds=0.8)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_the_socket_closes_when_its_user_may_hear_no_more(live_url: str, user: User, change: dict[str, object]) -> None:
    with opened_by(user, live_url) as socket:
        assert socket.answers()
        User.objects.filter(pk=user.pk).update(**change)

        assert socket.close_code() == consumers.UNAUTHORIZED
