"""What partners are sent of calls that were erased."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tether_calls.common.renderers import to_json
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp
from tether_calls.realtime.models import EventLog


class WebhookErasedMessage(SnakeStruct):
    """The body of a webhook that tells that parts of a call are gone for good: delete what you have of them."""

    event_type: Literal["call.erased"]
    call_id: str
    parts: Annotated[list[Literal["audio", "transcript", "call"]], msgspec.Meta(description="`call`: whose it was.")]
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it happened.")]


def webhook_erased_body(event: EventLog) -> str | None:
    """The body as it is sent; None of an event that tells of no call."""
    if event.call_id is None:
        return None
    message = WebhookErasedMessage(
        event_type="call.erased",
        call_id=event.call_id,
        parts=event.data["parts"],
        timestamp=to_wire(event.created_at),
    )
    return to_json(message).decode()
