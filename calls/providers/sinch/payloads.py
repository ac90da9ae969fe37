"""What Sinch sends, in our words: https://developers.sinch.com/docs/voice/api-reference/voice/tag/Callbacks"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from calls.providers.bodies import PayloadError
from calls.providers.reading import (
    MAX_NAME,
    fields,
    identifier,
    iso_time,
    number,
    our_id,
    party,
    required_fields,
    required_identifier,
    seconds,
    text,
    word,
)
from calls.providers.sinch.endings import AMD_ENDINGS, HANG_UP_SIDES, endings
from calls.reports import Authority, CallReport, Direction, known_metadata

PROVIDER: Final = "sinch"
# The call header in which the browser names the call of ours that it dials.
CALL_ID_HEADER: Final = "callid"

# What came of a call; N/A and words without a row leave it to the reason.
RESULTS: Final = {"answered": "completed", "busy": "busy", "noanswer": "no-answer", "failed": "failed"}
REASONS: Final = {
    "cancel": "canceled",
    "timeout": "no-answer",
    "noanswer": "no-answer",
    "otherpeeranswered": "no-answer",
    "busy": "busy",
    "congestion": "failed",
    "blocked": "failed",
    "nocreditpartner": "failed",
    "generalerror": "failed",
    "clientnetwork": "failed",
    "usernotfound": "failed",
    "callbackerror": "failed",
    "invalidsvamlaction": "failed",
}
# Who hung up, which leaves open whether the call had been answered; what it was if it had not.
HANG_UPS: Final = {"callerhangup": "canceled", "managerhangup": "canceled", "calleehangup": "no-answer"}
# Where a call began: in a browser of ours, or in the telephone network.
DIRECTIONS: Final[dict[str, Direction]] = {"mxp": "outbound", "pstn": "inbound", "sip": "inbound"}
ANSWERED_BY: Final = {"human": "human", "machine": "machine", "notsure": "unknown", "hangup": "unknown"}

_NUMBERS = frozenset({"number", "did", ""})


@dataclass(frozen=True, kw_only=True)
class IncomingCall:
    """ice: what shall be done with this call? `to_type` is number, username, sip, did or ""."""

    report: CallReport
    to_type: str
    # The browser that dials.
    user_id: str | None


@dataclass(frozen=True, kw_only=True)
class AnsweredCall:
    """ace: a person or a machine has answered."""

    report: CallReport


@dataclass(frozen=True, kw_only=True)
class EndedCall:
    """dice: it is over, answered or not."""

    report: CallReport


@dataclass(frozen=True, kw_only=True)
class MenuInput:
    """pie: what the caller chose."""

    report: CallReport


@dataclass(frozen=True, kw_only=True)
class Notification:
    """notify: news beside the call, by `kind`: recording_finished, recording_available, amd, callingerror, ..."""

    report: CallReport
    kind: str


@dataclass(frozen=True, kw_only=True)
class UnknownEvent:
    """An event that we do not know yet: to be kept, and answered 200."""

    event: str


Event = IncomingCall | AnsweredCall | EndedCall | MenuInput | Notification | UnknownEvent


def read_event(body: object) -> Event:
    """Raises PayloadError: no event, or a known one without its call."""
    data = required_fields(body, "The body")
    event = word(data.get("event"))
    if not event:
        raise PayloadError("event is missing")
    if event == "ice":
        return _incoming(data)
    if event == "ace":
        report = _report(data, status="in-progress", answer_time=iso_time(data.get("timestamp")))
        return AnsweredCall(report=report)
    if event == "dice":
        return EndedCall(report=_ended(data))
    if event == "pie":
        return MenuInput(report=_report(data))
    if event == "notify" and _call_id(data) is not None:
        detected = word(fields(data.get("amd")).get("status"))
        return Notification(report=_report(data, endings=AMD_ENDINGS.get(detected, ())), kind=word(data.get("type")))
    return UnknownEvent(event=event)


def read_call(body: object) -> CallReport:
    """GET calls/id: https://developers.sinch.com/docs/voice/api-reference/voice/tag/Calls

    ONGOING leaves open whether it was answered; FINAL is over, also with an unknown result. Raises PayloadError.
    """
    data = required_fields(body, "The call")
    is_over = word(data.get("status")) == "final"
    start, duration = iso_time(data.get("timestamp")), seconds(data.get("duration")) if is_over else None
    return _report(
        data,
        **(_end(data) if is_over else {}),
        from_number=_endpoint_number(data.get("from")),
        to_number=_endpoint_number(data.get("to")),
        start_time=start,
        duration=duration,
    )


def _incoming(data: Mapping[str, Any]) -> IncomingCall:
    to, user_id = fields(data.get("to")), identifier(data.get("userId"))
    direction = DIRECTIONS.get(word(data.get("originationType")), "outbound" if user_id else None)
    # Where a browser calls, the telephone at the other end does not ring yet.
    status = {"inbound": "ringing", "outbound": "initiated"}.get(direction or "")
    return IncomingCall(
        report=_report(
            data,
            status=status,
            direction=direction,
            from_number=party(data.get("cli")),
            to_number=_endpoint_number(to),
            start_time=iso_time(data.get("timestamp")),
        ),
        to_type=word(to.get("type")),
        user_id=user_id,
    )


def _ended(data: Mapping[str, Any]) -> CallReport:
    return _report(
        data,
        **_end(data),
        from_number=_endpoint_number(data.get("from")),
        to_number=_endpoint_number(data.get("to")),
        end_time=iso_time(data.get("timestamp")),
        duration=seconds(data.get("duration")),
    )


def _end(data: Mapping[str, Any]) -> dict[str, Any]:
    """How a call ended that is over, also with words that are not known.

    The result decides, and where it has no row the reason. One that names who hung up, or an unknown one, leaves open
    whether the call was answered: with a duration it was; else that follows from whether an answer is known.
    """
    reason, result = word(data.get("reason")), word(data.get("result"))
    how = {"endings": endings(result=result, reason=reason), "hung_up_by": HANG_UP_SIDES.get(reason)}
    status = RESULTS.get(result) or REASONS.get(reason)
    if status is not None:
        return {"status": status, **how}
    if seconds(data.get("duration")):
        return {"status": "completed", **how}
    return {"status": HANG_UPS.get(reason, "failed"), "authority": Authority.OPEN, **how}


def _report(data: Mapping[str, Any], **known: Any) -> CallReport:
    debit = fields(data.get("debit"))
    return CallReport(
        provider=PROVIDER,
        provider_call_id=required_identifier(_call_id(data), "callid"),
        call_id=_our_call_id(data),
        provider_metadata=known_metadata(
            result=text(data.get("result"), MAX_NAME),
            reason=text(data.get("reason"), MAX_NAME),
            answeredBy=_answered_by(data),
            cost=number(debit.get("amount")),
            currency=text(debit.get("currencyId"), MAX_NAME),
        ),
        answered_by=_answered_by(data),
        **known,
    )


def _call_id(data: Mapping[str, Any]) -> str | None:
    # Newer pages of theirs write the other one.
    return identifier(data.get("callid")) or identifier(data.get("callId"))


def _our_call_id(data: Mapping[str, Any]) -> str | None:
    headers = data.get("callHeaders")
    for header in map(fields, headers if isinstance(headers, list) else ()):
        if word(header.get("key")) == CALL_ID_HEADER and (found := our_id(header.get("value"))):
            return found
    return our_id(data.get("custom"))


def _endpoint_number(endpoint: object) -> str | None:
    """A number, from an object with a type or, in older callbacks, from plain text."""
    if isinstance(endpoint, str):
        return party(endpoint)
    parts = fields(endpoint)
    return party(parts.get("endpoint")) if word(parts.get("type")) in _NUMBERS else None


def _answered_by(data: Mapping[str, Any]) -> str | None:
    return ANSWERED_BY.get(word(fields(data.get("amd")).get("status")))
