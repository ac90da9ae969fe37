"""What partners are sent of a call: the document of /api/v1, in snake_case, as the call was when the event happened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from calls.documents.call import transcript_text
from calls.documents.facts import CallFacts
from calls.documents.partner_call import PartnerCall, partner_call_document
from calls.models import TEST_EVENT, WebhookEvent
from tether_calls.common.renderers import to_json
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp
from tether_calls.realtime.models import EventLog


class WebhookCall(PartnerCall):
    """As in lists of /api/v1, with the transcript where the event is about that."""

    transcript: str | UnsetType = UNSET


_OTHER_BODIES = (WebhookEvent.CALL_SCHEDULED, WebhookEvent.CALL_ERASED)

if TYPE_CHECKING:
    EventType: TypeAlias = str
    CallEventType: TypeAlias = str
    _TestType: TypeAlias = str
else:
    EventType = Literal[tuple(WebhookEvent.values)]
    CallEventType = Literal[
        tuple(name for name in WebhookEvent.values if name.startswith("call.") and name not in _OTHER_BODIES)
    ]
    _TestType = Literal[TEST_EVENT]


class WebhookMessage(SnakeStruct):
    """The body of a webhook; its headers are those of Standard Webhooks."""

    event_type: CallEventType
    call: WebhookCall
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it happened.")]


class WebhookTestMessage(SnakeStruct):
    """The body of a test, which is of no call."""

    event_type: _TestType
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it was asked for.")]


def webhook_test_body(*, at: datetime) -> str:
    return to_json(WebhookTestMessage(event_type=TEST_EVENT, timestamp=to_wire(at))).decode()


def webhook_body(*, event_type: str, event: EventLog, facts: CallFacts, with_transcript: bool) -> str:
    """The body as it is sent."""
    # An address works for ten minutes, a webhook may come a day later: GET /api/v1/calls/{id} makes a fresh one.
    document = WebhookCall(
        **msgspec.structs.asdict(partner_call_document(facts, recording_url=None)),
        transcript=transcript_text(facts.ai_transcript or []) if with_transcript else UNSET,
    )
    return to_json(WebhookMessage(event_type=event_type, call=document, timestamp=to_wire(event.created_at))).decode()
