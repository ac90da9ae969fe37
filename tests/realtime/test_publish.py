"""`publish`: events are rows of the caller's transaction, and are sent when it has committed."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.factories import make_user
from tests.realtime.sockets import events_of, happen, live, numbers_of, opened_by, publish_in_transaction
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import INTERNAL, Event, EventName, publish
from tether_calls.realtime.models import EventLog


class ChangedOurMind(Exception):
    pass


def publish_and_fail(user: User, number: int) -> None:
    with transaction.atomic():
        publish_in_transaction(user, number)
        raise ChangedOurMind


@pytest.mark.django_db
def test_events_are_logged_in_their_order_under_their_names(user: User) -> None:
    call_id = new_object_id()
    events = [Event(name, {"position": position}) for position, name in enumerate(EventName)]

    publish(organization_id=user.home_id, call_id=call_id, events=events)

    rows = EventLog.objects.of_organization(user.home_id).order_by("pk")
    assert [(row.name, row.data) for row in rows] == [(str(event.name), event.data) for event in events]
    assert {(row.organization_id, row.call_id) for row in rows} == {(user.home_id, call_id)}


@pytest.mark.django_db
def test_an_event_has_one_of_the_names_of_the_contract() -> None:
    assert [name for name in EventName if name not in INTERNAL] == [
        *("call_initiated", "call_answered", "call_rejected", "call_ended", "call_updated"),
        *("call_recording_ready", "fetch_messages", "message_status", "note_created", "scheduled_call_updated"),
        *("reminder_due", "reminder_failed", "export_ready", "redaction_changed", "transfer_offered"),
        "transfer_ended",
    ]


@live
@pytest.mark.parametrize("name", sorted(INTERNAL))
def test_an_event_that_is_for_webhooks_is_logged_and_on_no_socket(live_url: str, name: EventName) -> None:
    user = make_user()
    (before,) = happen(user, 1)
    with opened_by(user, live_url) as socket:
        with transaction.atomic():
            publish(organization_id=user.home_id, call_id=None, events=[Event(name, {})])
        happen(user, 2)
        assert numbers_of([socket.frame()]) == [2]
        missed, _ = socket.resume(before)
        assert numbers_of(missed) == [2]
    assert EventLog.objects.of_organization(user.home_id).filter(name=name).exists()


@live
def test_events_cannot_be_published_outside_a_transaction() -> None:
    user = make_user()

    with pytest.raises(AssertionError):
        publish_in_transaction(user, 1)

    assert not events_of(user)


@live
def test_events_of_a_transaction_that_is_rolled_back_are_neither_sent_nor_logged(live_url: str) -> None:
    user = make_user()
    with opened_by(user, live_url) as socket:
        with pytest.raises(ChangedOurMind):
            publish_and_fail(user, 1)
        happen(user, 2)
        assert numbers_of([socket.frame()]) == [2]
        assert socket.answers()

    assert list(events_of(user).values()) == [{"number": 2}]


@live
def test_events_of_a_savepoint_that_is_rolled_back_are_neither_sent_nor_logged(live_url: str) -> None:
    user = make_user()
    with opened_by(user, live_url) as socket:
        with transaction.atomic():
            publish_in_transaction(user, 1)
            with pytest.raises(ChangedOurMind):
                publish_and_fail(user, 2)
        assert numbers_of([socket.frame()]) == [1]
        assert socket.answers()

    assert list(events_of(user).values()) == [{"number": 1}]


@live
def test_events_are_not_sent_before_they_are_committed(live_url: str) -> None:
    user = make_user()
    with opened_by(user, live_url) as socket:
        with transaction.atomic():
            publish_in_transaction(user, 1)
            with pytest.raises(TimeoutError):
                socket.frame(seconds=0.2)
        assert numbers_of([socket.frame()]) == [1]


@live
def test_text_of_any_script_and_free_form_keys_arrive_as_they_are(live_url: str) -> None:
    user = make_user()
    data = {"número": "☎ Ünïcode </script> \u2028", "snake_case": {"camelCase": [None, True, 1.5, 2**53, ""]}}
    with opened_by(user, live_url) as socket:
        with transaction.atomic():
            publish(
                organization_id=user.home_id,
                call_id=None,
                events=[Event(EventName.NOTE_CREATED, {"number": 0, **data})],
            )
        assert socket.frame()["data"] == {"number": 0, **data}
