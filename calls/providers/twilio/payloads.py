"""What Twilio sends, in our words: https://www.twilio.com/docs/voice/twiml#request-parameters

A conversation has two legs: the one that reached Twilio (a caller's, or one from a browser) and the one that <Dial>
makes. Twilio calls the first in progress as soon as it runs TwiML, and completed, answered or not; how the call
went follows from the second alone. Both are reported under the first one's id, which is the call's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from calls.providers.reading import (
    MAX_NAME,
    channel,
    identifier,
    number,
    our_id,
    party,
    required_fields,
    required_identifier,
    rfc2822_time,
    seconds,
    text,
    word,
)
from calls.providers.twilio.endings import endings
from calls.reports import Authority, CallReport, Direction, known_metadata

PROVIDER: Final = "twilio"
# The parameter in which the browser names the call of ours that it dials.
CALL_ID_PARAMETER: Final = "callId"

STATUSES: Final = {
    "queued": "initiated",
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "in-progress",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no-answer",
    "failed": "failed",
    "canceled": "canceled",
}
# What is known from the leg that reached Twilio: not whether the call was answered.
FIRST_LEG_STATUSES: Final = {
    state: status for state, status in STATUSES.items() if state not in ("in-progress", "completed")
}
ANSWERED_BY: Final = {
    "human": "human",
    "machine_start": "machine",
    "machine_end_beep": "machine",
    "machine_end_silence": "machine",
    "machine_end_other": "machine",
    "fax": "fax",
    "unknown": "unknown",
}
OVER: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_CLIENT = "client:"


@dataclass(frozen=True, kw_only=True)
class VoiceRequest:
    """The question where a call goes. `identity` is the browser that dials, None when a telephone rings us."""

    report: CallReport
    identity: str | None


@dataclass(frozen=True, kw_only=True)
class LegStatus:
    """How one leg of a call is doing. Twilio promises no order: in any, the reports end in the same row."""

    report: CallReport
    is_first_leg: bool
    # Whether this leg has ended: with the first leg, so has the call.
    is_over: bool
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecordingNews:
    """A recording's state: completed, absent, failed, in-progress; only a completed one has an address."""

    report: CallReport
    state: str


def read_voice_request(form: object) -> VoiceRequest:
    """Raises PayloadError: no CallSid."""
    data = required_fields(form, "The form")
    identity = _identity(data.get("From"))
    status = "ringing" if identity is None else "initiated"
    return VoiceRequest(
        report=report_of(data, direction="inbound" if identity is None else "outbound", status=status),
        identity=identity,
    )


def read_status(form: object) -> LegStatus:
    """A status callback: https://www.twilio.com/docs/voice/api/call-resource#statuscallback

    Raises PayloadError: no CallSid.
    """
    data = required_fields(form, "The form")
    is_first_leg, state = word(data.get("Direction")) == "inbound", word(data.get("CallStatus"))
    at = rfc2822_time(data.get("Timestamp"))
    browser = _identity(data.get("From")) is not None
    statuses = FIRST_LEG_STATUSES if is_first_leg else STATUSES
    # A browser's own leg "rings" before anybody is called.
    status = "initiated" if is_first_leg and browser and state == "ringing" else statuses.get(state)
    known: dict[str, Any] = {}
    if state in OVER:
        known["endings"] = endings(
            state=state,
            error_code=number(data.get("ErrorCode")),
            sip_status=number(data.get("SipResponseCode")),
            is_first_leg=is_first_leg,
        )
    if not is_first_leg:
        # CallDuration has seconds; Duration has minutes, as billed.
        known |= {
            "answer_time": at if state == "in-progress" else None,
            "end_time": at if state in OVER else None,
            "duration": seconds(data.get("CallDuration")) if state in OVER else None,
        }
        if identifier(data.get("ParentCallSid")) and state in OVER and state != "completed":
            known["authority"] = Authority.UNANSWERED_LEG
    return LegStatus(
        report=report_of(data, direction=direction_of(data), status=status, **known),
        is_first_leg=is_first_leg,
        is_over=state in OVER,
        at=at,
    )


def read_machine_detection(form: object) -> CallReport:
    """Who answered, in the metadata: https://www.twilio.com/docs/voice/answering-machine-detection

    Raises PayloadError: no CallSid.
    """
    return report_of(required_fields(form, "The form"))


def read_recording(form: object) -> RecordingNews:
    """https://www.twilio.com/docs/voice/api/recording#recordingstatuscallback - raises PayloadError: no CallSid."""
    data = required_fields(form, "The form")
    state = word(data.get("RecordingStatus"))
    url = text(data.get("RecordingUrl")) if state == "completed" else None
    return RecordingNews(
        report=report_of(
            data,
            recording_url=url,
            has_audio={"completed": True, "absent": False, "failed": False}.get(state),
        ),
        state=state,
    )


def direction_of(data: Mapping[str, Any]) -> Direction | None:
    """Whose call it is: what Twilio calls inbound may come from a browser of ours."""
    if _identity(data.get("From")) is not None:
        return "outbound"
    if _identity(data.get("To")) is not None:
        return "inbound"
    # For what <Dial> calls, a number or a SIP address, it is known from the first leg.
    directions: dict[str, Direction] = {"inbound": "inbound", "outbound-api": "outbound"}
    return directions.get(word(data.get("Direction")))


def report_of(data: Mapping[str, Any], **known: Any) -> CallReport:
    leg = required_identifier(data.get("CallSid"), "CallSid")
    parent = identifier(data.get("ParentCallSid"))
    return CallReport(
        provider=PROVIDER,
        provider_call_id=parent or leg,
        call_id=our_id(data.get(CALL_ID_PARAMETER)),
        from_number=party(data.get("From")),
        to_number=party(data.get("To")),
        caller_name=text(data.get("CallerName"), MAX_NAME) or "",
        provider_metadata=known_metadata(
            legSid=leg if parent else None,
            channel=channel(data.get("From"), data.get("To")),
            sipStatus=number(data.get("SipResponseCode")),
            errorCode=number(data.get("ErrorCode")),
            answeredBy=ANSWERED_BY.get(word(data.get("AnsweredBy"))),
        ),
        answered_by=ANSWERED_BY.get(word(data.get("AnsweredBy"))),
        **known,
    )


def _identity(value: object) -> str | None:
    if not isinstance(value, str) or not value.startswith(_CLIENT):
        return None
    return identifier(value.removeprefix(_CLIENT))
