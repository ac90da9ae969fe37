"""What Orbit sends and answers, in our words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from calls.providers.bodies import PayloadError
from calls.providers.reading import (
    fields,
    identifier,
    iso_time,
    our_id,
    phone,
    required_fields,
    required_identifier,
    seconds,
    word,
)
from calls.reports import ENDED, CallReport, Direction

PROVIDER: Final = "orbit"

STATES: Final = {
    "dialling": "initiated",
    "ringing": "ringing",
    "talking": "in-progress",
    "finished": "completed",
    "unanswered": "no-answer",
    "engaged": "busy",
    "broken": "failed",
}
DIRECTIONS: Final[dict[str, Direction]] = {"in": "inbound", "out": "outbound"}
# Of a call: where it is to go; how it is doing.
ROUTE, STATE = "call.route", "call.state"


@dataclass(frozen=True, kw_only=True)
class Event:
    """`report` is None where the event is not known; `user_id` is the browser that dials."""

    name: str
    report: CallReport | None
    user_id: str | None


def read_event(body: object) -> Event:
    """Raises PayloadError."""
    data = required_fields(body, "The body")
    name = word(data.get("event"))
    if not name:
        raise PayloadError("event is missing")
    if name not in (ROUTE, STATE):
        return Event(name=name, report=None, user_id=None)
    sent = iso_time(data.get("sent"))
    call = required_fields(data.get("call"), "call")
    report = read_call(call, **({"start_time": sent} if name == ROUTE else {}))
    return Event(name=name, report=report, user_id=identifier(call.get("user")))


def read_call(body: object, **known: Any) -> CallReport:
    """A call, as events and GET /v1/calls/{ref} show it. Raises PayloadError."""
    call = required_fields(body, "call")
    status = STATES.get(word(call.get("state")))
    return CallReport(
        provider=PROVIDER,
        provider_call_id=required_identifier(call.get("ref"), "ref"),
        call_id=our_id(call.get("tag")),
        direction=DIRECTIONS.get(word(call.get("way"))),
        status=status,
        from_number=phone(call.get("from")),
        to_number=phone(call.get("to")),
        answer_time=iso_time(call.get("answered")),
        end_time=iso_time(call.get("ended")),
        duration=seconds(call.get("seconds")) if status in ENDED else None,
        **known,
    )


def error_code(body: object) -> object:
    return fields(body).get("error")
