"""What partners are sent of a call: the document of /api/v1, in snake_case, as the call was when the event happened."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from calls.models import Call
from tether_calls.common.renderers import to_json
from tether_calls.common.times import from_wire, to_wire
from tether_calls.common.wire import number
from tether_calls.realtime.models import EventLog


class WebhookContact(msgspec.Struct):
    id: str
    name: str
    phone_number: str


class WebhookCall(msgspec.Struct):
    id: str
    agent_id: str | None
    agent_name: str | None
    status: str
    type: str
    phone_number: str
    started_at: str
    ended_at: str | None
    duration_seconds: float | int | None
    summary: str | None
    # An address works for ten minutes, a webhook may come a day later: GET /api/v1/calls/{id} makes a fresh one.
    recording_url: None
    contact: WebhookContact | None
    transcript: str | UnsetType = UNSET


class WebhookBody(msgspec.Struct):
    event_type: str
    call: Any
    timestamp: str


def webhook_body(*, event_type: str, event: EventLog, call: Call, with_transcript: bool) -> str:
    """The body as it is sent; `call` comes from `call_as_told`."""
    document = call_document(call, with_transcript=with_transcript)
    return to_json(WebhookBody(event_type=event_type, call=document, timestamp=to_wire(event.created_at))).decode()


def call_document(call: Call, *, with_transcript: bool) -> WebhookCall:
    """The call of a body. Contact and agent are read with it."""
    agent, contact = call.ai_agent, call.contact
    duration = number(call.duration)
    return WebhookCall(
        id=call.pk,
        agent_id=call.ai_agent_id,
        agent_name=agent.name if agent is not None else call.agent_name or None,
        status=call.status,
        type=call.direction,
        phone_number=call.customer_number,
        started_at=to_wire(call.start_time),
        ended_at=to_wire(call.end_time) if call.end_time is not None else None,
        duration_seconds=None if duration is UNSET else duration,
        summary=call.ai_summary or None,
        recording_url=None,
        contact=None if contact is None else _contact(contact),
        transcript=_text_of(call.ai_transcript or []) if with_transcript else UNSET,
    )


def call_as_told(event: EventLog, call: Call | None) -> Call | None:
    """The call as the event's own copy has it; also of a call that is gone since. None where neither is there.

    What is read from the row must not be saved afterwards.
    """
    told = event.data.get("call")
    if not isinstance(told, dict):
        return call
    if call is None:
        call = Call(id=event.call_id, from_number=told.get("from", ""), to_number=told.get("to", ""))
    else:
        call = _copy_of(call)
    call.direction = told.get("direction", call.direction)
    call.status = told.get("status", call.status)
    call.start_time = from_wire(told["startTime"]) if "startTime" in told else call.start_time
    call.end_time = from_wire(told["endTime"]) if "endTime" in told else None
    call.duration = told.get("duration")
    call.ai_summary = told.get("aiSummary", "")
    return call


def _copy_of(call: Call) -> Call:
    copy = Call(**{field.attname: getattr(call, field.attname) for field in Call._meta.concrete_fields})
    copy._state.fields_cache.update(call._state.fields_cache)  # agent and contact, read already
    return copy


def _contact(contact: Any) -> WebhookContact:
    name = f"{contact.first_name} {contact.last_name}".strip()
    return WebhookContact(id=contact.pk, name=name, phone_number=contact.phone_number)


def _text_of(turns: list[dict[str, Any]]) -> str:
    return "\n".join(f"{str(turn.get('role', '')).capitalize()}: {turn.get('message', '')}" for turn in turns)
