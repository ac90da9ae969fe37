"""The body of POST /api/calls/ingest: its structs, its rules, and its translation into a `FinishedCall`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.api.ingest_recording import is_blank, recording_source
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
MAX_EXTERNAL_CALL_ID = 255
MAX_TEXT = 100_000
# Characters of the decoder's sentence that are sent; it quotes the whole value.
MAX_FAULT = 200
REQUIRED_WHEN_COMPLETED = ("transcript", "summary", "recording")


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"null")


class CallsIngestTranscriptTurn(WireStruct, forbid_unknown_fields=True):
    """One turn of the dialogue."""

    role: Literal["agent", "user"]
    message: str
    timestamp: Annotated[float, msgspec.Meta(description="Optional seconds-into-call.")] | None = None


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
    call_start_time: (
        Annotated[Timestamp, msgspec.Meta(description="ISO 8601; now, where absent. Without a zone it is UTC.")] | None
    ) = None


_decoder = msgspec.json.Decoder(CallsIngestExternalCallRequest)

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `\$\.?(?P<path>[^`]+)`)?")
_LOCATED = re.compile(r"(?P<fault>.+) - at `\$\.?(?P<path>[^`]*)`", re.DOTALL)


def ingest_body_limit() -> int:
    """Bytes: a recording of the greatest size as base64, and room for the transcript and the rest."""
    recording: int = settings.TETHER_RECORDING_MAX_BYTES
    return recording * 4 // 3 + 8 * 1024 * 1024


def parse_ingest_body(body: bytes) -> tuple[FinishedCall, RecordingSource | None]:
    """Check a body against every rule and translate it.

    Raises MALFORMED_JSON, VALIDATION_ERROR, PAYLOAD_TOO_LARGE (metadata, transcript), RECORDING_*: each with one
    sentence that names the field.
    """
    request = _decode(body)
    _check(request, body)
    recording = recording_source(request.recording) if _is_given(request.recording) else None
    return _report(request), recording


def _decode(body: bytes) -> CallsIngestExternalCallRequest:
    body = without_mark(body)
    if not body:
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body is empty")
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as fault:
        raise TetherError(ErrorCode.VALIDATION_ERROR, _sentence(str(fault))) from None
    except RecursionError:
        raise TetherError(ErrorCode.MALFORMED_JSON, "The request body nests too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TetherError(ErrorCode.MALFORMED_JSON) from None


def _sentence(fault: str) -> str:
    """A fault in the words of the contract: `Missing required field: transcript`."""
    if match := _MISSING.fullmatch(fault):
        field, path = match["field"], match["path"]
        return f"Missing required field: {path}.{field}" if path else f"Missing required field: {field}"
    if match := _LOCATED.fullmatch(fault):
        return f"Invalid field {match['path'] or 'body'}: {_shortened(match['fault'])}"
    return f"Invalid request: {_shortened(fault)}"


def _shortened(fault: str) -> str:
    return fault if len(fault) <= MAX_FAULT else f"{fault[:MAX_FAULT]}…"


def _check(request: CallsIngestExternalCallRequest, body: bytes) -> None:
    if request.status == "completed":
        for name in REQUIRED_WHEN_COMPLETED:
            if not _is_given(getattr(request, name)):
                raise _invalid(f"Missing required field: {name}")
    if not (request.direction == "inbound" and is_hidden(request.from_number)):
        _check_number("fromNumber", request.from_number)
    _check_number("toNumber", request.to_number)
    if not 0 <= request.duration <= MAX_DURATION_SECONDS:
        raise _invalid(f"Invalid field duration: not between 0 and {MAX_DURATION_SECONDS} seconds")
    for name, text, limit in (
        ("summary", request.summary, MAX_TEXT),
        ("agentName", request.agent_name, MAX_NAME),
        ("callerName", request.caller_name, MAX_NAME),
        ("externalCallId", request.external_call_id, MAX_EXTERNAL_CALL_ID),
    ):
        if text is not None and len(text) > limit:
            raise _invalid(f"Invalid field {name}: longer than {limit} characters")
    _check_transcript(request.transcript or [])
    _check_metadata(request.metadata)
    if b"\\u0000" in body and contains_nul(_texts(request)):
        raise _invalid("Invalid request: NUL characters cannot be stored")


def _check_number(name: str, number: str) -> None:
    if not is_e164(number) or is_hidden(number):
        raise _invalid(f"Invalid field {name}: not a number in E.164, such as +14155551234")


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
        raise TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"Invalid field transcript: more than {limit} turns")
    for index, turn in enumerate(turns):
        if turn.timestamp is not None and not JUST_BELOW_ZERO_SECONDS < turn.timestamp <= MAX_DURATION_SECONDS:
            sentence = f"not between 0 and {MAX_DURATION_SECONDS} seconds"
            raise _invalid(f"Invalid field transcript[{index}].timestamp: {sentence}")
        if len(turn.message) > MAX_TEXT:
            raise _invalid(f"Invalid field transcript[{index}].message: longer than {MAX_TEXT} characters")


def _check_metadata(metadata: dict[str, Any] | None) -> None:
    if not metadata:
        return
    limit = settings.TETHER_METADATA_MAX_BYTES
    if deeper_than(metadata):
        raise _invalid(f"Invalid field metadata: nests deeper than {MAX_DEPTH}")
    if len(msgspec.json.encode(metadata)) > limit:
        raise TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"Invalid field metadata: larger than {limit} bytes")


def _texts(request: CallsIngestExternalCallRequest) -> list[Any]:
    """Everything of a request that is stored as text."""
    named = [request.summary, request.agent_name, request.caller_name, request.external_call_id, request.metadata]
    return [*named, *(turn.message for turn in request.transcript or [])]


def _report(request: CallsIngestExternalCallRequest) -> FinishedCall:
    # A blank identifier identifies nothing: taking it for one would make all such calls the same call.
    external_call_id = (request.external_call_id or "").strip() or None
    agent_name, caller_name = (request.agent_name or "").strip(), (request.caller_name or "").strip()
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
        agent_name=agent_name,
        caller_name=caller_name,
        provider_metadata=known_metadata(
            externalCallId=external_call_id,
            agentName=agent_name,
            callerName=caller_name,
            metadata=request.metadata,
        ),
    )


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
        raise _invalid("Invalid field callStartTime: not an ISO 8601 date-time") from None
    if not EARLIEST_START <= start <= now + LATEST_START_AHEAD:
        raise _invalid("Invalid field callStartTime: before 1990 or in the future")
    return start


def _invalid(sentence: str) -> TetherError:
    return TetherError(ErrorCode.VALIDATION_ERROR, sentence)
