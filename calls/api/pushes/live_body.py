"""The body of POST /api/calls/live, and its translation into what a vendor tells of a running call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from django.utils import timezone

from calls.api.ingest_faults import MAX_EXTERNAL_CALL_ID
from calls.api.ingest_request import END_REASONS
from calls.api.ingest_rules import (
    JUST_BELOW_ZERO_SECONDS,
    MAX_DURATION_SECONDS,
    MAX_NAME,
    NOT_MEANT,
    can_be_meant,
)
from calls.recording_consent import MAX_SOURCE, ConsentState, RecordingConsent
from calls.reports import TranscriptTurn
from calls.services.live_calls.push_live import Over, Spoken, Started, Told
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail
from tether_calls.common.fields import moment, note, text
from tether_calls.common.json_values import MISSING
from tether_calls.common.phone import is_e164, is_hidden
from tether_calls.common.wire import UNSET, UnsetType, or_none

# Of one push, and of one turn in it. What is longer comes with the final push.
MAX_TURNS: Final = 100
MAX_MESSAGE: Final = 10_000
_RUNNING: Final = ("ringing", "in-progress")
_OVER: Final = ("completed", "no-answer", "busy", "failed")
# What each event needs besides the call's name.
_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "started": ("direction", "fromNumber", "toNumber"),
    "turn": ("place", "turns"),
    "ended": (),
}
_STATUSES: Final = {"started": _RUNNING, "ended": _OVER}


def _fault_of_reason(word: str) -> str | None:
    return None if word in END_REASONS else f"not one of {', '.join(END_REASONS)}"


class CallsLiveTurn(Body):
    """What one side said."""

    role: Literal["agent", "user"]
    # As in the final push it may be empty: a silence.
    message: Annotated[str, text(max_length=MAX_MESSAGE, may_be_blank=True)]
    timestamp: Annotated[float, note("Seconds into the call.")] | None = None

    def faults(self) -> Iterable[Detail]:
        if self.timestamp is not None and not JUST_BELOW_ZERO_SECONDS < self.timestamp <= MAX_DURATION_SECONDS:
            yield Detail("timestamp", f"not between 0 and {MAX_DURATION_SECONDS} seconds")

    def as_turn(self) -> TranscriptTurn:
        seconds = self.timestamp
        return TranscriptTurn(self.role, self.message, seconds if seconds is None or seconds > 0 else 0.0)


class CallsLiveRecordingConsent(Body):
    """What people say to the recording; `denied`: no audio of the call is kept, whoever brings it."""

    blank_is_absent: ClassVar[bool] = True

    state: Literal["announced", "granted", "denied", "unknown"]
    at: Annotated[datetime, moment(description="ISO 8601; now, where absent.")] | UnsetType = UNSET
    source: Annotated[str, text(max_length=MAX_SOURCE, may_be_blank=True, description="By whose word.")] | UnsetType = (
        UNSET
    )

    def faults(self) -> Iterable[Detail]:
        if self.at is not UNSET and not can_be_meant(self.at):
            yield Detail("at", NOT_MEANT)

    def as_consent(self) -> RecordingConsent:
        return RecordingConsent(ConsentState(self.state), or_none(self.at), or_none(self.source) or "")


class CallsLivePushRequest(Body):
    """What has become of a running call. `started` needs direction and numbers, `turn` needs `place` and `turns`."""

    example: ClassVar[dict[str, Any]] = {
        "externalCallId": "vendor-call-abc123",
        "event": "started",
        "direction": "outbound",
        "fromNumber": "+14165550100",
        "toNumber": "+14165550199",
        "agentName": "Alex (Example Agent)",
    }

    # As in the final push.
    blank_is_absent: ClassVar[bool] = True

    external_call_id: Annotated[
        str, text(max_length=MAX_EXTERNAL_CALL_ID, description="Your identifier, which its final push has as well.")
    ]
    event: Literal["started", "turn", "ended"]
    direction: Literal["inbound", "outbound"] | UnsetType = UNSET
    from_number: Annotated[str, note("E.164, as in ingest.")] | UnsetType = UNSET
    to_number: Annotated[str, note("E.164.")] | UnsetType = UNSET
    status: (
        Annotated[
            Literal["ringing", "in-progress", "completed", "no-answer", "busy", "failed"],
            note("`started`: `ringing`, else `in-progress`; `ended`: how, else `completed`."),
        ]
        | UnsetType
    ) = UNSET
    agent_name: Annotated[str, text(max_length=MAX_NAME, may_be_blank=True)] | UnsetType = UNSET
    caller_name: Annotated[str, text(max_length=MAX_NAME, may_be_blank=True)] | UnsetType = UNSET
    call_start_time: Annotated[datetime, moment(description="ISO 8601; now, where absent.")] | UnsetType = UNSET
    place: (
        Annotated[
            int,
            msgspec.Meta(ge=0, description="Which turn of the call the first of `turns` is, counted from 0."),
        ]
        | UnsetType
    ) = UNSET
    turns: Annotated[list[CallsLiveTurn], msgspec.Meta(min_length=1, max_length=MAX_TURNS)] | UnsetType = UNSET
    recording_consent: CallsLiveRecordingConsent | UnsetType = UNSET
    duration: Annotated[float, note("Of an ended call, in seconds; counted here, where absent.")] | UnsetType = UNSET
    end_reason: (
        Annotated[
            str,
            text(
                _fault_of_reason,
                description="Why it ended.",
                schema={"enum": END_REASONS},
            ),
        ]
        | UnsetType
    ) = UNSET

    def faults(self) -> Iterable[Detail]:
        sent = {
            "direction": self.direction,
            "fromNumber": self.from_number,
            "toNumber": self.to_number,
            "place": self.place,
            "turns": self.turns,
        }
        yield from (Detail(name, MISSING) for name in _NEEDED[self.event] if sent[name] is UNSET)
        is_hidden_caller = self.direction == "inbound" and is_hidden(or_none(self.from_number) or "")
        for name, number in (("fromNumber", self.from_number), ("toNumber", self.to_number)):
            may_be_so = name == "fromNumber" and is_hidden_caller
            if number is not UNSET and not may_be_so and (not is_e164(number) or is_hidden(number)):
                yield Detail(name, "not a number in E.164, such as +14155551234")
        if self.status is not UNSET and self.status not in _STATUSES.get(self.event, ()):
            yield Detail("status", f"not a status of a call that has {self.event}")
        if self.duration is not UNSET and not 0 <= self.duration <= MAX_DURATION_SECONDS:
            yield Detail("duration", f"not between 0 and {MAX_DURATION_SECONDS} seconds")
        if self.call_start_time is not UNSET and not can_be_meant(self.call_start_time):
            yield Detail("callStartTime", NOT_MEANT)

    def told(self) -> Told:
        consent = self.recording_consent.as_consent() if self.recording_consent is not UNSET else None
        match self.event:
            case "started":
                return Started(
                    direction="inbound" if self.direction == "inbound" else "outbound",
                    from_number=or_none(self.from_number) or "",
                    to_number=or_none(self.to_number) or "",
                    start_time=or_none(self.call_start_time) or timezone.now(),
                    status=or_none(self.status) or "in-progress",
                    agent_name=or_none(self.agent_name) or "",
                    caller_name=or_none(self.caller_name) or "",
                    recording_consent=consent,
                )
            case "turn":
                turns = or_none(self.turns) or []
                return Spoken(
                    place=or_none(self.place) or 0,
                    turns=[turn.as_turn() for turn in turns],
                    recording_consent=consent,
                )
            case "ended":
                reason = or_none(self.end_reason)
                return Over(
                    status=or_none(self.status) or "completed",
                    duration=None if self.duration is UNSET else abs(self.duration),
                    end_reason=reason,
                    recording_consent=consent,
                )
