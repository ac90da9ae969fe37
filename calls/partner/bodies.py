"""What /api/v1 is sent, apart from the dial, whose faults have an order and codes of their own (`dial_body`)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from calls.documents.webhook_call import EventType
from tether_calls.common.bodies import Body
from tether_calls.common.fields import text


class WebhookCreateRequest(Body, rename=None):
    """A new webhook; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "name": "CRM",
        "url": "https://crm.example.com/calls",
        "subscribed_events": ["call.ended", "call.transcript"],
    }

    name: Annotated[str, text(max_length=100)]
    url: Annotated[str, text(max_length=2048, description="https, on the public internet.")]
    subscribed_events: Annotated[list[EventType], msgspec.Meta(min_length=1, max_length=20)]
