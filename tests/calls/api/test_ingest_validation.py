"""POST /api/calls/ingest: bodies that are JSON and no calls. Each is refused in one sentence, without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from calls.models import Call
from tests.calls.api.ingesting import ingest, ingested, refused
from tests.clients import ApiClient
from tests.factories import ingest_body, missed_call_body

pytestmark = pytest.mark.django_db

REQUIRED = ("direction", "fromNumber", "toNumber", "duration", "status")
REQUIRED_WHEN_COMPLETED = ("transcript", "summary", "recording")
STRINGS = ("direction", "fromNumber", "toNumber", "status", "summary", "externalCallId", "agentName", "callerName")


@pytest.mark.parametrize("name", REQUIRED)
def test_a_field_that_every_call_has_is_required(vendor: ApiClient, name: str) -> None:
    assert refused(vendor, ingest_body(**{name: None})) == f"Missing required field: {name}"


@pytest.mark.parametrize("name", REQUIRED)
def test_null_for_a_field_that_every_call_has_is_a_missing_field(vendor: ApiClient, name: str) -> None:
    assert refused(vendor, {**ingest_body(), name: None}) == f"Missing required field: {name}"


@pytest.mark.parametrize("blank", ["", " \t"])
def test_blank_text_for_a_field_that_every_call_has_is_a_missing_field(vendor: ApiClient, blank: str) -> None:
    names = set(REQUIRED) - {"duration"}

    answers = {name: refused(vendor, ingest_body(**{name: blank})) for name in names}

    assert answers == {name: f"Missing required field: {name}" for name in names}


def test_what_is_null_within_a_field_is_missing_there(vendor: ApiClient) -> None:
    assert refused(vendor, ingest_body(recordingConsent={"state": None})).endswith(": recordingConsent.state")
    # Of a list it is no field that could be left out.
    assert refused(vendor, ingest_body(tags=[None])).startswith("Invalid field tags[0]: ")


def test_blanks_around_a_text_count_for_nothing(vendor: ApiClient) -> None:
    long = {"agentName": 200, "callerName": 200, "externalCallId": 255}
    ingested(vendor, ingest_body(**{name: f" {'x' * length} " for name, length in long.items()}))

    for name, length in long.items():
        assert "longer than" in refused(vendor, ingest_body(**{name: f" {'x' * (length + 1)} "}))


@pytest.mark.parametrize("name", REQUIRED_WHEN_COMPLETED)
def test_a_field_that_a_completed_call_has_is_required_of_it(vendor: ApiClient, name: str) -> None:
    assert refused(vendor, ingest_body(**{name: None})) == f"Missing required field: {name}"


@pytest.mark.parametrize("name", REQUIRED_WHEN_COMPLETED)
def test_null_for_a_field_of_a_completed_call_is_a_missing_field(vendor: ApiClient, name: str) -> None:
    assert refused(vendor, {**ingest_body(), name: None}) == f"Missing required field: {name}"


@pytest.mark.parametrize("blank", ["", "   ", "\t\r\n"])
@pytest.mark.parametrize("name", ["summary", "recording"])
def test_a_blank_field_of_a_completed_call_is_a_missing_field(vendor: ApiClient, name: str, blank: str) -> None:
    assert refused(vendor, ingest_body(**{name: blank})) == f"Missing required field: {name}"


def test_the_field_that_is_missing_first_is_named(vendor: ApiClient) -> None:
    assert refused(vendor, missed_call_body(status="completed")) == "Missing required field: transcript"


@pytest.mark.parametrize("wrong", [True, 5, 1.5, [], ["x"], {}, {"a": 1}], ids=repr)
def test_the_fields_that_are_texts_take_nothing_else(vendor: ApiClient, wrong: Any) -> None:
    names = {*STRINGS, "callStartTime"}

    answers = {name: refused(vendor, ingest_body(**{name: wrong})) for name in names}

    assert {name for name in names if answers[name].startswith(f"Invalid field {name}: ")} == names


@pytest.mark.parametrize("wrong", [True, 5, 1.5, ["x"], {"a": 1}], ids=repr)
@pytest.mark.parametrize("body", [ingest_body, missed_call_body])
def test_a_recording_is_a_text(vendor: ApiClient, body: Any, wrong: Any) -> None:
    sentence = refused(vendor, body(recording=wrong))

    assert sentence == "Invalid field recording: neither base64 nor a URL"


@pytest.mark.parametrize("wrong", ["154", True, [154], {"seconds": 154}], ids=repr)
def test_a_duration_is_a_number(vendor: ApiClient, wrong: Any) -> None:
    assert refused(vendor, ingest_body(duration=wrong)).startswith("Invalid field duration: ")


@pytest.mark.parametrize("wrong", [-1, -0.001, 31_622_400.5, 154_000_000_000, 10**400, 1e308], ids=str)
def test_a_duration_is_not_negative_and_not_longer_than_a_year(vendor: ApiClient, wrong: float) -> None:
    assert refused(vendor, ingest_body(duration=wrong)).startswith("Invalid field duration: ")


@pytest.mark.parametrize("wrong", ["text", 5, True, ["x"]], ids=repr)
def test_metadata_is_an_object(vendor: ApiClient, wrong: Any) -> None:
    assert refused(vendor, ingest_body(metadata=wrong)).startswith("Invalid field metadata: ")


@pytest.mark.parametrize("direction", ["Inbound", "outgoing", "inbound "])
def test_an_unknown_direction_is_refused(vendor: ApiClient, direction: str) -> None:
    assert refused(vendor, ingest_body(direction=direction)).startswith("Invalid field direction: ")


@pytest.mark.parametrize("status", ["Completed", "initiated", "canceled", "no_answer"])
def test_an_unknown_status_is_refused(vendor: ApiClient, status: str) -> None:
    assert refused(vendor, ingest_body(status=status)).startswith("Invalid field status: ")


@pytest.mark.parametrize(
    "number",
    [
        "+",
        "+1",
        "14165550199",
        "+04165550199",
        "+1 416 555 0199",
        "+1-416-555-0199",
        "+1(416)5550199",
        "+1234567890123456",
        "+1416555019x",
        "++14165550199",
        " +14165550199",
        "+14165550199\n",
        "+1416555019\uff19",
        "tel:+14165550199",
        "anonymous",
        "+14165550199;ext=5",
        "0" * 5_000,
    ],
)
@pytest.mark.parametrize("name", ["fromNumber", "toNumber"])
def test_a_number_that_is_not_e164_is_refused(vendor: ApiClient, name: str, number: str) -> None:
    sentence = refused(vendor, ingest_body(**{name: number}))

    assert sentence == f"Invalid field {name}: not a number in E.164, such as +14155551234"


@pytest.mark.parametrize("transcript", ["agent: Hello.\nuser: Hi.", 5, True, {"role": "agent"}], ids=repr)
def test_a_transcript_is_a_list(vendor: ApiClient, transcript: Any) -> None:
    assert refused(vendor, ingest_body(transcript=transcript)).startswith("Invalid field transcript: ")


@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        ("agent: Hello.", "Invalid field transcript[0]: "),
        (None, "Invalid field transcript[0]: "),
        ({"message": "Hello."}, "Missing required field: transcript[0].role"),
        ({"role": "agent"}, "Missing required field: transcript[0].message"),
        ({"role": "bot", "message": "Hello."}, "Invalid field transcript[0].role: "),
        ({"role": "agent", "message": None}, "Missing required field: transcript[0].message"),
        ({"role": "", "message": "Hello."}, "Missing required field: transcript[0].role"),
        ({"role": "agent", "message": 5}, "Invalid field transcript[0].message: "),
        ({"role": "agent", "message": "Hello.", "timestamp": "0:05"}, "Invalid field transcript[0].timestamp: "),
        ({"role": "agent", "message": "Hello.", "timestamp": -1}, "Invalid field transcript[0].timestamp: "),
        ({"role": "agent", "message": "Hello.", "timestamp": 1e300}, "Invalid field transcript[0].timestamp: "),
        ({"role": "agent", "message": "Hello.", "speaker": "Alex"}, "Invalid field transcript[0]: "),
        ({"role": "agent", "message": "m" * 100_001}, "Invalid field transcript[0].message: "),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_turn_that_is_not_one_is_refused(vendor: ApiClient, turn: Any, sentence: str) -> None:
    assert refused(vendor, ingest_body(transcript=[turn])).startswith(sentence)


@pytest.mark.parametrize("below", [-0.02, -0.0, -0.999999, 0])
def test_a_time_just_below_zero_is_zero(vendor: ApiClient, below: float) -> None:
    ingested(vendor, ingest_body(transcript=[{"role": "agent", "message": "Hello.", "timestamp": below}]))

    (turn,) = Call.objects.get().ai_transcript or []
    assert str(turn["timestamp"]) in ("0", "0.0")


def test_the_turn_that_is_wrong_is_named(vendor: ApiClient) -> None:
    turns: list[Any] = [{"role": "agent", "message": "Hello."}] * 2 + [{"role": "user", "message": 5}]

    assert refused(vendor, ingest_body(transcript=turns)).startswith("Invalid field transcript[2].message: ")


def test_more_turns_than_allowed_are_refused(vendor: ApiClient) -> None:
    turn = {"role": "agent", "message": "Hello."}

    sentence = refused(vendor, ingest_body(transcript=[turn] * 5_001), status=413)

    assert sentence == "Invalid field transcript: more than 5000 turns"


def test_as_many_turns_as_allowed_are_kept(vendor: ApiClient, settings: Settings) -> None:
    settings.TETHER_TRANSCRIPT_MAX_TURNS = 3

    assert ingest(vendor, ingest_body(transcript=[{"role": "agent", "message": "Hello."}] * 3)).status == 201


def test_metadata_over_64_kb_is_refused(vendor: ApiClient) -> None:
    sentence = refused(vendor, ingest_body(metadata={"key": "v" * 65_536}), status=413)

    assert sentence == "Invalid field metadata: larger than 65536 bytes"


def test_metadata_of_64_kb_is_kept(vendor: ApiClient) -> None:
    assert ingest(vendor, ingest_body(metadata={"key": "v" * (65_536 - len('{"key":""}'))})).status == 201


def test_metadata_is_measured_in_bytes_not_in_characters(vendor: ApiClient) -> None:
    refused(vendor, ingest_body(metadata={"key": "漢" * 22_000}), status=413)


def nested(depth: int) -> Any:
    value: Any = "inside"
    for level in range(depth):
        value = [value] if level % 2 else {"deeper": value}
    return value


def test_metadata_may_nest_fifty_deep(vendor: ApiClient) -> None:
    assert ingest(vendor, ingest_body(metadata={"a": nested(49)})).status == 201


def test_metadata_that_nests_deeper_is_refused(vendor: ApiClient) -> None:
    assert refused(vendor, ingest_body(metadata={"a": nested(50)})) == "Invalid field metadata: nests deeper than 50"


@pytest.mark.parametrize(
    ("name", "limit"), [("externalCallId", 255), ("agentName", 200), ("callerName", 200), ("summary", 100_000)]
)
def test_a_text_longer_than_allowed_is_refused(vendor: ApiClient, name: str, limit: int) -> None:
    sentence = refused(vendor, ingest_body(**{name: "x" * (limit + 1)}))

    assert sentence == f"Invalid field {name}: longer than {limit} characters"


@pytest.mark.parametrize(
    ("name", "limit"), [("externalCallId", 255), ("agentName", 200), ("callerName", 200), ("summary", 100_000)]
)
def test_a_text_as_long_as_allowed_is_kept(vendor: ApiClient, name: str, limit: int) -> None:
    assert ingest(vendor, ingest_body(**{name: "漢" * limit})).status == 201


@pytest.mark.parametrize(
    "start",
    [
        "yesterday",
        "15/05/2026",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-05-15T25:00:00Z",
        "2026-05-15T09:10:00+25:00",
        "2026-05-15T09:10:00 UTC",
        "1747300200",
        "-2026-05-15T09:10:00Z",
        "12026-05-15T09:10:00Z",
        "\uff12\uff10\uff12\uff16-05-15T09:10:00Z",
        "2026-05-15T09:10:00\u0000Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026" * 1_000,
    ],
)
def test_a_start_that_is_no_date_time_is_refused(vendor: ApiClient, start: str) -> None:
    assert refused(vendor, ingest_body(callStartTime=start)).startswith("Invalid field callStartTime: not an ISO 8601")


@pytest.mark.parametrize(
    "start",
    ["1989-12-31T23:59:59Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "1990-01-01T00:00:00+00:01"],
)
def test_a_start_out_of_range_is_refused(vendor: ApiClient, start: str) -> None:
    assert refused(vendor, ingest_body(callStartTime=start)).startswith("Invalid field callStartTime: before 1990")


def test_a_start_more_than_a_day_ahead_is_refused(vendor: ApiClient) -> None:
    start = datetime.now(UTC) + timedelta(hours=25)

    assert "in the future" in refused(vendor, ingest_body(callStartTime=start.isoformat()))
