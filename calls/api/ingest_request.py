"""The body of POST /api/calls/ingest as it is sent: its structs, which are its part of the API's document, too."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec

from calls.outcomes import AnsweredBy, EndReason
from tether_calls.common.wire import Timestamp, WireStruct

END_REASONS: Final = list(map(str, EndReason))
ANSWERERS: Final = list(map(str, AnsweredBy))


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
                extra_json_schema={"enum": END_REASONS},
            ),
        ]
        | None
    ) = None
    answered_by: (
        Annotated[str, msgspec.Meta(description="Who picked up.", extra_json_schema={"enum": ANSWERERS})] | None
    ) = None
    disposition: (
        Annotated[str, msgspec.Meta(description="A name of yours for how it came out; made where unknown.")] | None
    ) = None
    tags: Annotated[list[str], msgspec.Meta(description="Names, at most 20; made where unknown.")] | None = None
    recording_consent: CallsIngestRecordingConsent | None = None
    call_start_time: (
        Annotated[Timestamp, msgspec.Meta(description="ISO 8601; now, where absent. Without a zone it is UTC.")] | None
    ) = None
