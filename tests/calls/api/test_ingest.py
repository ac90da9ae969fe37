"""POST /api/calls/ingest: what is answered, and where each field of a call comes out again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.models import Call
from tests.calls.api.ingesting import INGEST, ingest, ingested, recorded_bytes
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import ingest_body, missed_call_body, mp3_bytes
from tether_calls.accounts.models import User
from tether_calls.common.object_id import is_object_id
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


def document_of(api: ApiClient, call_id: str) -> dict[str, Any]:
    """The call as the frontend reads it."""
    answer = api.get(f"/api/calls/{call_id}")
    assert_is("CallsCallResponse", answer.body)
    call: dict[str, Any] = answer.body["call"]
    return call


def read_back(vendor: ApiClient, api: ApiClient, body: dict[str, Any]) -> dict[str, Any]:
    return document_of(api, ingested(vendor, body)["callId"])


def test_a_call_is_answered_201_with_the_ids_of_call_contact_and_conversation(vendor: ApiClient) -> None:
    answer = ingest(vendor, ingest_body())

    assert answer.status == 201
    assert answer.body["success"] is True
    call = Call.objects.get()
    assert answer.body == {
        "success": True,
        "callId": call.pk,
        "contactId": call.contact_id,
        "conversationId": call.conversation_id,
    }
    assert all(is_object_id(answer.body[name]) for name in ("callId", "contactId", "conversationId"))


def test_a_completed_call_comes_out_as_it_went_in(vendor: ApiClient, api: ApiClient, user: User) -> None:
    body = ingest_body(externalCallId="vendor-call-abc123")

    call = read_back(vendor, api, body)

    told = {name: call[name] for name in ("direction", "status", "from", "to", "duration", "startTime")}
    assert told == {
        "direction": "outbound",
        "status": "completed",
        "from": "+14165550100",
        "to": "+14165550199",
        "duration": 154,
        "startTime": "2026-05-15T09:10:00.000Z",
    }
    assert call["aiTranscript"] == body["transcript"]
    assert call["aiSummary"] == "Confirmed appointment for Friday at 2pm."
    assert call["aiHandledDuration"] == 154
    assert (call["provider"], call["providerCallId"]) == ("external", "vendor-call-abc123")
    assert (call["organizationId"], call["userId"]["_id"]) == (user.home_id, user.pk)


def test_the_end_is_the_start_and_the_duration(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(vendor, api, ingest_body(callStartTime="2026-05-15T09:10:00.000Z", duration=154.25))

    assert call["endTime"] == "2026-05-15T09:12:34.250Z"
    assert call["duration"] == 154.25


def test_the_recording_is_kept_byte_for_byte(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(vendor, api, ingest_body())

    (shown,) = call["recordings"]
    recording = Call.objects.get().recordings.get()
    assert recorded_bytes(recording.file.name) == mp3_bytes()
    assert (shown["_id"], shown["contentType"], shown["size"]) == (recording.pk, "audio/mpeg", len(mp3_bytes()))
    assert shown["duration"] == 1.152


def test_the_document_never_tells_where_the_recording_lies(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(vendor, api, ingest_body())

    assert Call.objects.get().recordings.get().file.name not in str(call)


def test_metadata_keeps_its_keys_and_values_untouched(vendor: ApiClient, api: ApiClient) -> None:
    metadata = {
        "snake_key": 1,
        "camelKey": {"Kebab-Key": [1, 2.5, None, True, {"deep_key": "x"}]},
        "": "a key that is empty",
        "$set": {"a.b": "é 漢字 \U0001f600"},
        "empty": {},
        "text": "  spaces stay  ",
    }

    call = read_back(vendor, api, ingest_body(metadata=metadata))

    assert call["providerMetadata"]["metadata"] == metadata


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**300, 1e308, 1e-300, -0.5, 12345678901234567890])
def test_numbers_of_any_size_in_the_metadata_come_out_again(vendor: ApiClient, api: ApiClient, number: float) -> None:
    call = read_back(vendor, api, ingest_body(metadata={"number": number}))

    # PostgreSQL writes 1e308 as 1 and 308 zeros, which is the same number to whoever reads it as a float.
    assert type(number)(call["providerMetadata"]["metadata"]["number"]) == number


def test_the_vendors_names_are_kept_beside_the_metadata(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(
        vendor, api, ingest_body(agentName="Alex (Example Agent)", callerName="Kim Example", externalCallId="abc")
    )

    assert call["providerMetadata"] == {
        "agentName": "Alex (Example Agent)",
        "callerName": "Kim Example",
        "externalCallId": "abc",
    }


def test_the_agents_name_is_kept_with_the_call(vendor: ApiClient) -> None:
    ingested(vendor, ingest_body(agentName="  Alex (Example Agent) "))

    assert Call.objects.get().agent_name == "Alex (Example Agent)"


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed"])
def test_a_call_that_nobody_answered_needs_no_transcript_summary_or_recording(
    vendor: ApiClient, api: ApiClient, status: str
) -> None:
    call = read_back(vendor, api, missed_call_body(status=status))

    assert call["status"] == status
    assert call["recordings"] == []
    assert not {"aiTranscript", "aiSummary", "aiHandledDuration", "answerTime", "providerMetadata"} & call.keys()


def test_a_call_that_failed_keeps_what_it_has_all_the_same(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(vendor, api, ingest_body(status="failed"))

    assert len(call["aiTranscript"]) == 2
    assert len(call["recordings"]) == 1


def test_a_completed_call_may_have_an_empty_transcript(vendor: ApiClient, api: ApiClient) -> None:
    assert read_back(vendor, api, ingest_body(transcript=[]))["aiTranscript"] == []


def test_a_turn_without_a_timestamp_gets_none(vendor: ApiClient, api: ApiClient) -> None:
    turns = [{"role": "agent", "message": "Hello."}, {"role": "user", "message": "", "timestamp": 0}]

    assert read_back(vendor, api, ingest_body(transcript=turns))["aiTranscript"] == turns


def test_a_field_that_nobody_knows_is_ignored(vendor: ApiClient, api: ApiClient) -> None:
    call = read_back(vendor, api, ingest_body(vendorField={"any": ["thing"]}, from_number="+1", _id="0" * 24))

    assert "vendorField" not in str(call)
    assert call["from"] == "+14165550100"


def test_optional_fields_may_be_null(vendor: ApiClient) -> None:
    nothing = dict.fromkeys(("transcript", "summary", "recording", "externalCallId", "agentName", "metadata"))

    assert ingest(vendor, {**missed_call_body(), **nothing, "callerName": None, "callStartTime": None}).status == 201


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ("2026-05-15T09:10:00", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15T09:10:00Z", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15T09:10:00.123456Z", "2026-05-15T09:10:00.123Z"),
        ("2026-05-15T09:10:00+02:00", "2026-05-15T07:10:00.000Z"),
        ("2026-05-15T09:10:00.5-04:30", "2026-05-15T13:40:00.500Z"),
        ("2026-05-15T23:59:59-12:00", "2026-05-16T11:59:59.000Z"),
        ("2026-05-15 09:10", "2026-05-15T09:10:00.000Z"),
        ("2026-05-15", "2026-05-15T00:00:00.000Z"),
        ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00.000Z"),
    ],
)
def test_a_start_is_kept_in_utc_and_is_utc_where_it_names_no_zone(
    vendor: ApiClient, api: ApiClient, told: str, start: str
) -> None:
    assert read_back(vendor, api, ingest_body(callStartTime=told))["startTime"] == start


@pytest.mark.parametrize("absent", [None, "", " \t"])
def test_a_call_without_a_start_began_now(vendor: ApiClient, absent: str | None) -> None:
    before = timezone.now()

    ingested(vendor, {**missed_call_body(), "callStartTime": absent})

    assert before <= Call.objects.get().start_time <= timezone.now()


@pytest.mark.parametrize("below", ["-0.0", "-0", "-0e5"])
def test_a_duration_of_minus_zero_is_zero(vendor: ApiClient, below: str) -> None:
    body = json.dumps(missed_call_body(duration=0)).replace('"duration": 0', f'"duration": {below}')

    ids = ingested(vendor, body.encode())

    (ended,) = EventLog.objects.filter(call_id=ids["callId"], name="call_ended")
    assert "-" not in f"{ended.data['call']['duration']} {Call.objects.get().duration}"


def test_a_start_may_be_a_little_ahead_of_our_clock(vendor: ApiClient) -> None:
    start = datetime.now(UTC) + timedelta(hours=23)

    assert ingest(vendor, ingest_body(callStartTime=start.isoformat())).status == 201


@pytest.mark.parametrize("duration", [0, 0.001, 154, 154.75, 366 * 24 * 3600])
def test_a_duration_is_kept_as_given(vendor: ApiClient, api: ApiClient, duration: float) -> None:
    assert read_back(vendor, api, ingest_body(duration=duration))["duration"] == duration


@pytest.mark.parametrize("number", ["+12", "+4915112345678", "+123456789012345"])
def test_any_number_of_the_shape_of_e164_is_taken(vendor: ApiClient, api: ApiClient, number: str) -> None:
    assert read_back(vendor, api, ingest_body(toNumber=number))["to"] == number


def test_the_path_may_end_with_a_slash(vendor: ApiClient) -> None:
    assert vendor.post(f"{INGEST}/", missed_call_body()).status == 201


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_carry_parameters_and_capitals(vendor: ApiClient, content_type: str) -> None:
    assert ingest(vendor, missed_call_body(), content_type=content_type).status == 201


def test_another_organization_does_not_find_the_call(vendor: ApiClient, other_api: ApiClient) -> None:
    call_id = ingested(vendor, ingest_body())["callId"]

    assert other_api.get(f"/api/calls/{call_id}").status == 404


@pytest.mark.parametrize(
    ("status", "told", "kept"),
    [
        ("no-answer", {}, {"endReason": "no_answer", "endFault": "callee"}),
        ("busy", {}, {"endReason": "busy", "endFault": "callee"}),
        ("failed", {}, {"endReason": "unknown", "endFault": "none"}),
        ("failed", {"endReason": "invalid_number"}, {"endReason": "invalid_number", "endFault": "callee"}),
        ("failed", {"endReason": " "}, {"endReason": "unknown", "endFault": "none"}),
        ("no-answer", {"endReason": "customer_hangup"}, {"endReason": "no_answer", "endFault": "callee"}),
        (
            "no-answer",
            {"endReason": "rejected", "answeredBy": "call_screening"},
            {"endReason": "rejected", "endFault": "callee", "answeredBy": "call_screening"},
        ),
    ],
)
def test_a_vendor_may_tell_why_it_ended_and_who_answered(
    status: str, told: dict[str, str], kept: dict[str, str], vendor: ApiClient, api: ApiClient
) -> None:
    pushed = vendor.post(INGEST, missed_call_body(status=status, **told))

    assert pushed.status == 201, pushed
    call = api.get(f"/api/calls/{pushed.body['callId']}").body["call"]
    assert {name: call[name] for name in ("endReason", "endFault", "answeredBy") if name in call} == kept


@pytest.mark.parametrize("field", ["endReason", "answeredBy"])
def test_a_word_that_is_not_of_the_vocabulary_is_refused_and_named(field: str, vendor: ApiClient) -> None:
    refused = vendor.post(INGEST, missed_call_body(**{field: "abducted"}))

    assert refused.status == 400
    assert refused.body["error"].startswith(f"Invalid field {field}: not one of ")
    assert not Call.objects.exists()
