"""What partners are sent of a call: the document of /api/v1, in snake_case, as the call was when the event happened."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from calls.documents.call import transcript_text
from calls.documents.partner_call import PartnerCall, call_document
from calls.models import Call
from tether_calls.common.renderers import to_json
from tether_calls.common.times import from_wire, to_wire
from tether_calls.common.wire import SnakeStruct
from tether_calls.realtime.models import EventLog


class WebhookCall(PartnerCall):
    """As in lists of /api/v1, with the transcript where the event is about that."""

    transcript: str | UnsetType = UNSET


class WebhookBody(SnakeStruct):
    event_type: str
    call: Any
    timestamp: str


def webhook_body(*, event_type: str, event: EventLog, call: Call, with_transcript: bool) -> str:
    """The body as it is sent; `call` comes from `call_as_told`."""
    document = _call_document(call, with_transcript=with_transcript)
    return to_json(WebhookBody(event_type=event_type, call=document, timestamp=to_wire(event.created_at))).decode()


def _call_document(call: Call, *, with_transcript: bool) -> WebhookCall:
    # An address works for ten minutes, a webhook may come a day later: GET /api/v1/calls/{id} makes a fresh one.
    document = msgspec.structs.asdict(call_document(call, recording_url=None))
    return WebhookCall(**document, transcript=transcript_text(call.ai_transcript or []) if with_transcript else UNSET)


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
