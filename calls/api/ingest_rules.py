"""The rules of POST /api/calls/ingest that the structs of its body cannot tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.api.ingest_faults import MAX_EXTERNAL_CALL_ID, invalid_field, missing_field
from calls.api.ingest_recording import is_blank
from calls.api.ingest_request import CallsIngestExternalCallRequest, CallsIngestTranscriptTurn
from calls.models.label import MAX_LABEL_NAME, MAX_TAGS
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.json_depth import MAX_DEPTH, contains_nul, deeper_than
from tether_calls.common.phone import is_e164, is_hidden
from tether_calls.common.times import from_wire

# Longer calls than a year are a unit mistaken (milliseconds), and dates far away a clock that is not set.
MAX_DURATION_SECONDS = 366 * 24 * 3600
# What transcribers write for a turn at the very start of the audio.
JUST_BELOW_ZERO_SECONDS = -1
EARLIEST_START, LATEST_START_AHEAD = from_wire("1990-01-01T00:00:00Z"), timedelta(days=1)
NOT_MEANT = "before 1990 or in the future"
MAX_NAME = 200
MAX_TEXT = 100_000
REQUIRED_WHEN_COMPLETED = ("transcript", "summary", "recording")


def check(request: CallsIngestExternalCallRequest, *, may_hold_nul: bool) -> None:
    """Raises VALIDATION_ERROR, PAYLOAD_TOO_LARGE. `may_hold_nul`: the body has U+0000 in it, escaped."""
    if request.status == "completed":
        for name in REQUIRED_WHEN_COMPLETED:
            if name == "recording" and _denies_audio(request):
                continue
            if not is_given(getattr(request, name)):
                raise missing_field(name)
    if not (request.direction == "inbound" and is_hidden(request.from_number)):
        _check_number("fromNumber", request.from_number)
    _check_number("toNumber", request.to_number)
    if not 0 <= request.duration <= MAX_DURATION_SECONDS:
        raise invalid_field("duration", f"not between 0 and {MAX_DURATION_SECONDS} seconds")
    for name, text, limit in (
        ("summary", request.summary, MAX_TEXT),
        ("agentName", request.agent_name, MAX_NAME),
        ("callerName", request.caller_name, MAX_NAME),
        ("externalCallId", request.external_call_id, MAX_EXTERNAL_CALL_ID),
    ):
        if text is not None and len(text) > limit and len(text.strip()) > limit:
            raise invalid_field(name, f"longer than {limit} characters")
    _check_transcript(request.transcript or [])
    _check_metadata(request.metadata)
    _check_labels(request)
    if may_hold_nul and contains_nul(_texts(request)):
        raise TetherError(ErrorCode.VALIDATION_ERROR, "Invalid request: NUL characters cannot be stored")


def _denies_audio(request: CallsIngestExternalCallRequest) -> bool:
    return request.recording_consent is not None and request.recording_consent.state == "denied"


def is_given(value: Any) -> bool:
    """Whether a required field holds something: a transcript may be empty (silence), a text may not."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, msgspec.Raw):
        return not is_blank(value)
    return value is not None


def can_be_meant(moment: datetime) -> bool:
    return EARLIEST_START <= moment <= timezone.now() + LATEST_START_AHEAD


def read_moment(name: str, text: str) -> datetime:
    """A date-time of the field; raises VALIDATION_ERROR where it can be neither read nor meant."""
    try:
        told = from_wire(text)
    except ValueError:
        raise invalid_field(name, "not an ISO 8601 date-time") from None
    if not can_be_meant(told):
        raise invalid_field(name, NOT_MEANT)
    return told


def _check_number(name: str, number: str) -> None:
    if not number.strip():
        raise missing_field(name)
    if not is_e164(number) or is_hidden(number):
        raise invalid_field(name, "not a number in E.164, such as +14155551234")


def _check_transcript(turns: list[CallsIngestTranscriptTurn]) -> None:
    limit = settings.TETHER_TRANSCRIPT_MAX_TURNS
    if len(turns) > limit:
        raise invalid_field("transcript", f"more than {limit} turns", code=ErrorCode.PAYLOAD_TOO_LARGE)
    for index, turn in enumerate(turns):
        if turn.timestamp is not None and not JUST_BELOW_ZERO_SECONDS < turn.timestamp <= MAX_DURATION_SECONDS:
            fault = f"not between 0 and {MAX_DURATION_SECONDS} seconds"
            raise invalid_field(f"transcript[{index}].timestamp", fault)
        if len(turn.message) > MAX_TEXT:
            raise invalid_field(f"transcript[{index}].message", f"longer than {MAX_TEXT} characters")


def _check_metadata(metadata: dict[str, Any] | None) -> None:
    if not metadata:
        return
    limit = settings.TETHER_METADATA_MAX_BYTES
    if deeper_than(metadata):
        raise invalid_field("metadata", f"nests deeper than {MAX_DEPTH}")
    if len(msgspec.json.encode(metadata)) > limit:
        raise invalid_field("metadata", f"larger than {limit} bytes", code=ErrorCode.PAYLOAD_TOO_LARGE)


def _check_labels(request: CallsIngestExternalCallRequest) -> None:
    if len(request.tags or ()) > MAX_TAGS:
        raise invalid_field("tags", f"more than {MAX_TAGS}")
    named = [("disposition", request.disposition or "")]
    named += [(f"tags[{index}]", name) for index, name in enumerate(request.tags or ())]
    for path, name in named:
        if len(name.strip()) > MAX_LABEL_NAME:
            raise invalid_field(path, f"longer than {MAX_LABEL_NAME} characters")


def _texts(request: CallsIngestExternalCallRequest) -> list[Any]:
    """Everything of a request that is stored as text."""
    named: list[Any] = [request.summary, request.agent_name, request.caller_name, request.external_call_id]
    named += [request.metadata, request.disposition, request.tags]
    named += [request.recording_consent.source if request.recording_consent is not None else None]
    return [*named, *(turn.message for turn in request.transcript or [])]
