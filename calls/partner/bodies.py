"""What /api/v1 is sent, apart from the dial, whose faults have an order and codes of their own (`dial_body`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar

import msgspec

from calls.documents.webhook_call import EventType
from calls.services.webhooks_out.subscriptions import SubscriptionChanges
from tether_calls.accounts.services.api_keys import MAX_OVERLAP
from tether_calls.common.bodies import Body, given
from tether_calls.common.fields import text
from tether_calls.common.wire import UNSET, UnsetType

_NAME = text(max_length=100)
_URL = text(max_length=2048, description="https, on the public internet.")
_EVENTS = msgspec.Meta(min_length=1, max_length=20)
_DEFAULT_OVERLAP_HOURS = 24
_MAX_OVERLAP_HOURS = int(MAX_OVERLAP.total_seconds()) // 3600


class WebhookCreateRequest(Body, rename=None):
    """A new webhook; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "name": "CRM",
        "url": "https://crm.example.com/calls",
        "subscribed_events": ["call.ended", "call.transcript"],
    }

    name: Annotated[str, _NAME]
    url: Annotated[str, _URL]
    subscribed_events: Annotated[list[EventType], _EVENTS]


class WebhookChangeRequest(Body, rename=None):
    """What is to become different; what is left out stays as it is."""

    example: ClassVar[dict[str, Any]] = {"subscribed_events": ["call.ended"], "enabled": True}

    name: Annotated[str, _NAME] | UnsetType = UNSET
    url: Annotated[str, _URL] | UnsetType = UNSET
    subscribed_events: Annotated[list[EventType], _EVENTS] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    @property
    def changes(self) -> SubscriptionChanges:
        renamed: Any = {"is_active" if name == "enabled" else name: value for name, value in given(self).items()}
        changes: SubscriptionChanges = renamed
        return changes


class WebhookRotateRequest(Body, rename=None):
    """How the old secret ends."""

    example: ClassVar[dict[str, Any]] = {"overlap_hours": 24}

    may_be_left_out: ClassVar[bool] = True

    overlap_hours: Annotated[
        int, msgspec.Meta(ge=0, le=_MAX_OVERLAP_HOURS, description="How long the old secret signs as well.")
    ] = _DEFAULT_OVERLAP_HOURS

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.overlap_hours)
