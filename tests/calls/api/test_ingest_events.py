"""POST /api/calls/ingest: the events that a call leaves in the log, from which sockets are fed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calls.models import Recording
from tests.calls.api.ingesting import ingest, ingested, refused
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import ingest_body, missed_call_body
from tether_calls.accounts.models import User
from tether_calls.common.times import to_wire
from tether_calls.realtime.events import frame_of
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

OF_A_CALL = ["call_initiated", "call_ended", "fetch_messages"]
OF_A_RECORDED_CALL = ["call_initiated", "call_ended", "call_recording_ready", "fetch_messages"]


def logged() -> list[EventLog]:
    return list(EventLog.objects.order_by("id"))


def data_of(name: str) -> dict[str, Any]:
    data: dict[str, Any] = EventLog.objects.get(name=name).data
    return data


def test_a_recorded_call_leaves_four_events_in_the_order_of_the_contract(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert [event.name for event in logged()] == OF_A_RECORDED_CALL


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed"])
def test_a_call_without_a_recording_leaves_three_events(vendor: ApiClient, status: str) -> None:
    ingested(vendor, missed_call_body(status=status))

    assert [event.name for event in logged()] == OF_A_CALL


def test_events_belong_to_the_call_and_its_organization(vendor: ApiClient, user: User) -> None:
    call_id = ingested(vendor, ingest_body())["callId"]

    assert {(event.organization_id, event.call_id) for event in logged()} == {(user.home_id, call_id)}


@pytest.mark.parametrize("name", ["call_initiated", "call_ended"])
def test_an_event_of_a_call_carries_the_call_and_nothing_else(vendor: ApiClient, name: str) -> None:
    ids = ingested(vendor, ingest_body())

    data = data_of(name)
    assert data.keys() == {"call"}
    assert_is("CallDocument", data["call"])
    assert (data["call"]["_id"], data["call"]["status"]) == (ids["callId"], "completed")
    assert (data["call"]["contactId"], data["call"]["conversationId"]) == (ids["contactId"], ids["conversationId"])


def test_the_event_of_a_recording_carries_its_id_beside_the_call(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    data = data_of("call_recording_ready")
    recording = Recording.objects.get()
    assert data.keys() == {"call", "recordingId"}
    assert_is("CallDocument", data["call"])
    assert data["recordingId"] == recording.pk
    assert [shown["_id"] for shown in data["call"]["recordings"]] == [recording.pk]


def test_the_event_of_messages_names_conversation_and_contact(vendor: ApiClient) -> None:
    ids = ingested(vendor, ingest_body())

    assert data_of("fetch_messages") == {"conversationId": ids["conversationId"], "contactId": ids["contactId"]}


def test_no_event_carries_the_transcript(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(transcript=[{"role": "agent", "message": "A word that is in no other field."}]))

    assert not any("aiTranscript" in str(event.data) or "A word that" in str(event.data) for event in logged())


def test_no_event_tells_where_the_recording_lies(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    assert not any(Recording.objects.get().file.name in str(event.data) for event in logged())


def test_the_call_of_an_event_is_the_call_that_is_read(vendor: ApiClient, api: ApiClient) -> None:
    call_id = ingested(vendor, ingest_body(metadata={"snake_key": [1, None]}))["callId"]

    read = api.get(f"/api/calls/{call_id}").body["call"]
    told = data_of("call_recording_ready")["call"]
    assert told == {name: value for name, value in read.items() if name != "aiTranscript"} | {
        "contactId": read["contactId"]["_id"],
        "userId": read["userId"]["_id"],
    }


def test_a_frame_is_the_event_with_its_id_name_and_time(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body())

    for event in logged():
        assert json.loads(frame_of(event)) == {
            "id": event.pk,
            "event": event.name,
            "at": to_wire(event.created_at),
            "data": event.data,
        }


def test_a_repeated_call_leaves_no_further_event(vendor: ApiClient) -> None:
    body = ingest_body()
    ingested(vendor, body)

    ingest(vendor, body)

    assert len(logged()) == 4


def test_a_refused_call_leaves_no_event(vendor: ApiClient) -> None:
    refused(vendor, ingest_body(recording="not base64!"))

    assert logged() == []
