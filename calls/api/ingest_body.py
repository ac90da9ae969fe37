"""The body of POST /api/calls/ingest: read, checked, and translated into a `FinishedCall`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.conf import settings
from django.utils import timezone

from calls.api.ingest_faults import decoded, invalid_field
from calls.api.ingest_recording import recording_source
from calls.api.ingest_request import (
    ANSWERERS,
    END_REASONS,
    CallsIngestExternalCallRequest,
    CallsIngestRecordingConsent,
    CallsIngestTranscriptTurn,
)
from calls.api.ingest_rules import check, is_given, read_moment
from calls.outcomes import told_ending
from calls.recording_consent import MAX_SOURCE, ConsentState, RecordingConsent
from calls.reports import FinishedCall, RecordingSource, TranscriptTurn, known_metadata
from tether_calls.common.parsers import without_mark

_ESCAPED_NUL = b"\\u0000"

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
    check(request, may_hold_nul=escapes.nul)
    recording = None
    if is_given(request.recording):
        recording = recording_source(request.recording, has_escapes=escapes.any)
    return _report(request), recording


def _report(request: CallsIngestExternalCallRequest) -> FinishedCall:
    # A blank identifier identifies nothing: taking it for one would make all such calls the same call.
    external_call_id = (request.external_call_id or "").strip() or None
    agent_name, caller_name = (request.agent_name or "").strip(), (request.caller_name or "").strip()
    end_reason = _word_of(request.end_reason, END_REASONS, "endReason")
    return FinishedCall(
        provider="external",
        direction=request.direction,
        status=request.status,
        from_number=request.from_number,
        to_number=request.to_number,
        start_time=_moment("callStartTime", request.call_start_time) or timezone.now(),
        # -0.0 is zero, which JSON would show.
        duration=abs(request.duration),
        external_call_id=external_call_id,
        transcript=None
        if request.transcript is None
        else tuple(TranscriptTurn(turn.role, turn.message, _since_start(turn)) for turn in request.transcript),
        summary=(request.summary or "").strip(),
        disposition=(request.disposition or "").strip(),
        tags=tuple(name.strip() for name in request.tags or () if name.strip()),
        agent_name=agent_name,
        caller_name=caller_name,
        answered_by=_word_of(request.answered_by, ANSWERERS, "answeredBy"),
        endings=() if end_reason is None else (told_ending(end_reason, request.direction),),
        recording_consent=_consent(request.recording_consent),
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


def _moment(name: str, given: str | None) -> datetime | None:
    """A date-time; blank means absent."""
    text = (given or "").strip()
    return read_moment(name, text) if text else None


def _since_start(turn: CallsIngestTranscriptTurn) -> float | None:
    # -0.0 too, which JSON would show.
    return turn.timestamp if turn.timestamp is None or turn.timestamp > 0 else 0.0


def _consent(told: CallsIngestRecordingConsent | None) -> RecordingConsent | None:
    if told is None:
        return None
    source = (told.source or "").strip()
    if len(source) > MAX_SOURCE:
        raise invalid_field("recordingConsent.source", f"longer than {MAX_SOURCE} characters")
    return RecordingConsent(ConsentState(told.state), _moment("recordingConsent.at", told.at), source)
