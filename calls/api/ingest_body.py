"""The body of POST /api/calls/ingest: its structs, its rules, and its translation into a `FinishedCall`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.api.ingest_faults import MAX_EXTERNAL_CALL_ID, decoded, invalid_field, missing_field
from calls.api.ingest_recording import is_blank, recording_source
from calls.models.call import MAX_TAGS
from calls.models.label import MAX_LABEL_NAME
from calls.outcomes import AnsweredBy, EndReason, told_ending
from calls.recording_consent import MAX_SOURCE, ConsentState, RecordingConsent
from calls.reports import FinishedCall, RecordingSource, TranscriptTurn, known_metadata
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.json_depth import MAX_DEPTH, contains_nul, deeper_than
from tether_calls.common.parsers import without_mark
from tether_calls.common.phone import is_e164, is_hidden
from tether_calls.common.times import from_wire
from tether_calls.common.wire import Timestamp, WireStruct

# Longer calls than a year are a unit mistaken (milliseconds), and dates far away a clock that is not set.
MAX_DURATION_SECONDS = 366 * 24 * 3600
# What transcribers write for a turn at the very start of the audio.
JUST_BELOW_ZERO_SECONDS = -1
EARLIEST_START, LATEST_START_AHEAD = from_wire("1990-01-01T00:00:00Z"), timedelta(days=1)
MAX_NAME = 200
MAX_TEXT = 100_000
_ESCAPED_NUL = b"\\u0000"
_END_REASONS, _ANSWERERS = list(map(str, EndReason)), list(map(str, AnsweredBy))
REQUIRED_WHEN_COMPLETED = ("transcript", "summary", "recording")


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"null")


class CallsIngestTranscriptTurn(WireStruct, forbid_unknown_fields=True):
    """One turn of the dialogue."""

    role: Literal["agent", "user"]
    message: str
    timestamp: Annotated[float, msgspec.Meta(description="Optional seconds-into-call.")] | None = None


class CallsIngestRecordingConsent(WireStruct, forbid_unknown_fields=True):
    """What people said to the recording; `denied`: the call is kept, and no audio of it."""

    state: Literal["announced", "granted", "denied", "unknown"]
    at: Annotated[Timestamp, msgspec.Meta(description="ISO 8601; now, where absent.")] | None = None
    source: Annotated[str, msgspec.Meta(description="By whose word; at most 100 characters.")] | None = None


class CallsIngestExternalCallRequest(WireStruct):
    """A completed call of any vendor. `transcript`, `summary` and `recording` are required when it was completed."""

    example: ClassVar[dict[str, Any]] = {
        "direction": "outbound",
        "fromNumber": "+14165550100",
        "toNumber": "+14165550199",
        "duration": 0,
        "status": "no-answer",
        "externalCallId": "vendor-call-abc123",
        "agentName": "Alex (Example Agent)",
        "callStartTime": "2026-05-15T09:10:00.000Z",
    }

    direction: Literal["inbound", "outbound"]
    from_number: Annotated[
        str,
        msgspec.Meta(
            description="E.164, such as +14155551234; of an inbound call whose caller shows no number: `anonymous`."
        ),
    ]
    to_number: Annotated[str, msgspec.Meta(description="E.164.")]
    duration: Annotated[float, msgspec.Meta(description="Call duration in seconds, not negative.")]
    status: Literal["completed", "no-answer", "busy", "failed"]
    transcript: (
        Annotated[
            list[CallsIngestTranscriptTurn],
            msgspec.Meta(description="Structured turns; plain text is refused. Required for a completed call."),
        ]
        | None
    ) = None
    summary: Annotated[str, msgspec.Meta(description="Required for a completed call.")] | None = None
    # Raw: a blob of 67 MB is decoded once, from where it lies, and never becomes a Python string.
    recording: Annotated[
        msgspec.Raw,
        msgspec.Meta(
            description=(
                "Required for a completed call: an MP3 as base64, with or without `data:...;base64,` in front,"
                " or a public http(s) URL to download it from."
            ),
            extra_json_schema={"type": "string"},
        ),
    ] = msgspec.field(default_factory=_nothing)
    external_call_id: (
        Annotated[str, msgspec.Meta(description="Your identifier; a call is kept once for each of them.")] | None
    ) = None
    agent_name: Annotated[str, msgspec.Meta(description="The AI agent's name in your system.")] | None = None
    metadata: (
        Annotated[dict[str, Any], msgspec.Meta(description="Anything; comes back under `providerMetadata.metadata`.")]
        | None
    ) = None
    caller_name: (
        Annotated[str, msgspec.Meta(description="Names a contact that would be called Unknown Caller.")] | None
    ) = None
    end_reason: (
        Annotated[
            str,
            msgspec.Meta(
                description="Why it ended; one that the status contradicts is left out.",
                extra_json_schema={"enum": _END_REASONS},
            ),
        ]
        | None
    ) = None
    answered_by: (
        Annotated[str, msgspec.Meta(description="Who picked up.", extra_json_schema={"enum": _ANSWERERS})] | None
    ) = None
    disposition: (
        Annotated[str, msgspec.Meta(description="A name of yours for how it came out; made where unknown.")] | None
    ) = None
    tags: Annotated[list[str], msgspec.Meta(description="Names, at most 20; made where unknown.")] | None = None
    recording_consent: CallsIngestRecordingConsent | None = None
    call_start_time: (
        Annotated[Timestamp, msgspec.Meta(description="ISO 8601; now, where absent. Without a zone it is UTC.")] | None
    ) = None


_decoder = msgspec.json.Decoder(CallsIngestExternalCallRequest)


def ingest_body_limit() -> int:
    """Bytes: a recording of the greatest size as base64, and room for the transcript and the rest."""
    recording: int = settings.TETHER_RECORDING_MAX_BYTES
    return recording * 4 // 3 + 8 * 1024 * 1024


def parse_ingest_body(body: bytes) -> tuple[FinishedCall, RecordingSource | None]:
    """Check a body against every rule and translate it.

    Raises MALFORMED_JSON, VALIDATION_ERROR, PAYLOAD_TOO_LARGE (metadata, transcript), RECORDING_*: each with one
    sentence that names the field, and that field as its detail.
    """
    return parse_call(without_mark(body), Escapes.in_body(body))


@dataclass(frozen=True, slots=True)
class Escapes:
    """What a body may have written with backslashes: anything, and U+0000. Most have none, which is seen at once."""

    any: bool
    nul: bool

    @classmethod
    def in_body(cls, body: bytes) -> Escapes:
        found = b"\\" in body
        return cls(any=found, nul=found and _ESCAPED_NUL in body)


def parse_call(call: bytes | msgspec.Raw, escapes: Escapes) -> tuple[FinishedCall, RecordingSource | None]:
    """As `parse_ingest_body`, of a call wherever it lies; `escapes`: those of the body around it."""
    request = decoded(_decoder, call)
    _check(request, may_hold_nul=escapes.nul)
    recording = None
    if _is_given(request.recording):
        recording = recording_source(request.recording, has_escapes=escapes.any)
    return _report(request), recording


def _check(request: CallsIngestExternalCallRequest, *, may_hold_nul: bool) -> None:
    if request.status == "completed":
        for name in REQUIRED_WHEN_COMPLETED:
            if name == "recording" and _denies_audio(request):
                continue
            if not _is_given(getattr(request, name)):
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
        if text is not None and len(text) > limit:
            raise invalid_field(name, f"longer than {limit} characters")
    _check_transcript(request.transcript or [])
    _check_metadata(request.metadata)
    _check_labels(request)
    if may_hold_nul and contains_nul(_texts(request)):
        raise TetherError(ErrorCode.VALIDATION_ERROR, "Invalid request: NUL characters cannot be stored")


def _denies_audio(request: CallsIngestExternalCallRequest) -> bool:
    return request.recording_consent is not None and request.recording_consent.state == "denied"


def _consent(request: CallsIngestExternalCallRequest) -> RecordingConsent | None:
    told = request.recording_consent
    if told is None:
        return None
    if len(told.source or "") > MAX_SOURCE:
        raise invalid_field("recordingConsent.source", f"longer than {MAX_SOURCE} characters")
    at = None
    if told.at:
        try:
            at = from_wire(told.at)
        except ValueError:
            raise invalid_field("recordingConsent.at", "not an ISO 8601 date-time") from None
        if not EARLIEST_START <= at <= timezone.now() + LATEST_START_AHEAD:
            raise invalid_field("recordingConsent.at", "before 1990 or in the future")
    return RecordingConsent(ConsentState(told.state), at, (told.source or "").strip())


def _check_number(name: str, number: str) -> None:
    if not is_e164(number) or is_hidden(number):
        raise invalid_field(name, "not a number in E.164, such as +14155551234")


def _is_given(value: Any) -> bool:
    """Whether a required field holds something: a transcript may be empty (silence), a text may not."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, msgspec.Raw):
        return not is_blank(value)
    return value is not None


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


def _report(request: CallsIngestExternalCallRequest) -> FinishedCall:
    # A blank identifier identifies nothing: taking it for one would make all such calls the same call.
    external_call_id = (request.external_call_id or "").strip() or None
    agent_name, caller_name = (request.agent_name or "").strip(), (request.caller_name or "").strip()
    end_reason = _word_of(request.end_reason, _END_REASONS, "endReason")
    return FinishedCall(
        provider="external",
        direction=request.direction,
        status=request.status,
        from_number=request.from_number,
        to_number=request.to_number,
        start_time=_start_time(request.call_start_time),
        duration=request.duration,
        external_call_id=external_call_id,
        transcript=None
        if request.transcript is None
        else tuple(TranscriptTurn(turn.role, turn.message, _since_start(turn)) for turn in request.transcript),
        summary=(request.summary or "").strip(),
        disposition=(request.disposition or "").strip(),
        tags=tuple(name.strip() for name in request.tags or () if name.strip()),
        agent_name=agent_name,
        caller_name=caller_name,
        answered_by=_word_of(request.answered_by, _ANSWERERS, "answeredBy"),
        endings=() if end_reason is None else (told_ending(end_reason, request.direction),),
        recording_consent=_consent(request),
        provider_metadata=known_metadata(
            externalCallId=external_call_id,
            agentName=agent_name,
            callerName=caller_name,
            metadata=request.metadata,
        ),
    )


def _word_of(given: str | None, vocabulary: Sequence[str], name: str) -> str | None:
    """A word of the vocabulary; blank means absent."""
    word = (given or "").strip()
    if word and word not in vocabulary:
        raise invalid_field(name, f"not one of {', '.join(vocabulary)}")
    return word or None


def _since_start(turn: CallsIngestTranscriptTurn) -> float | None:
    # -0.0 too, which JSON would show.
    return turn.timestamp if turn.timestamp is None or turn.timestamp > 0 else 0.0


def _start_time(text: str | None) -> Any:
    now = timezone.now()
    if not text:
        return now
    try:
        start = from_wire(text)
    except ValueError:
        raise invalid_field("callStartTime", "not an ISO 8601 date-time") from None
    if not EARLIEST_START <= start <= now + LATEST_START_AHEAD:
        raise invalid_field("callStartTime", "before 1990 or in the future")
    return start
