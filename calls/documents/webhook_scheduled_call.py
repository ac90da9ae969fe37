"""What partners are sent of a scheduled call."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.documents.scheduled_call import PartnerScheduledCall, partner_scheduled_call
from tether_calls.common.renderers import to_json
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp
from tether_calls.realtime.models import EventLog


class WebhookScheduledCallMessage(SnakeStruct):
    """The body of a webhook that tells of a scheduled call, as it was when the event happened."""

    event_type: Literal["call.scheduled"]
    scheduled_call: PartnerScheduledCall
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it happened.")]


def webhook_scheduled_call_body(event: EventLog) -> str | None:
    """The body as it is sent; None of an event that tells of no such call."""
    told = event.data.get("scheduledCall")
    if not isinstance(told, dict):
        return None
    message = WebhookScheduledCallMessage(
        event_type="call.scheduled", scheduled_call=partner_scheduled_call(told), timestamp=to_wire(event.created_at)
    )
    return to_json(message).decode()
