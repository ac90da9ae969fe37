"""A text as partners read it, and as webhooks tell of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from conversations.models import Message
from tether_calls.common.renderers import to_json
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp
from tether_calls.realtime.models import EventLog


class PartnerMessage(SnakeStruct):
    """A text of a conversation, in either direction."""

    id: str
    conversation_id: str
    contact_id: str
    direction: Literal["inbound", "outbound"]
    phone_number: Annotated[str, msgspec.Meta(description="The contact's, E.164.")]
    our_number: Annotated[str, msgspec.Meta(description="Ours, of the conversation, E.164.")]
    content: str
    status: Annotated[
        str,
        msgspec.Meta(
            description="`queued`, `unknown`, `sent`, `delivered`, `undelivered`, `failed`; `received` if it came in."
        ),
    ]
    error: Annotated[str | None, msgspec.Meta(description="Why it did not arrive.")]
    sent_by: Annotated[str | None, msgspec.Meta(description="A name: the user's, the agent's.")]
    is_ai_generated: bool
    encoding: Annotated[Literal["gsm7", "ucs2"] | None, msgspec.Meta(description="In which alphabet it goes.")]
    segments: Annotated[int | None, msgspec.Meta(description="As so many messages carriers count it.")]
    created_at: Timestamp


class PartnerMessageSent(PartnerMessage):
    """A text that was asked for."""

    deduplicated: Annotated[bool, msgspec.Meta(description="It was sent by an earlier request.")]


class WebhookTextMessage(SnakeStruct):
    """The body of a webhook that tells of a text; its status as it was when that happened."""

    event_type: Literal["message.received", "message.sent", "message.status"]
    message: PartnerMessage
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it happened.")]


def partner_message_fields(message: Message) -> dict[str, Any]:
    """Of a message that comes with its contact and its conversation."""
    return {
        "id": message.pk,
        "conversation_id": message.conversation_id,
        "contact_id": message.contact_id,
        "direction": message.direction,
        "phone_number": message.contact.phone_number,
        "our_number": message.conversation.channel_identifier,
        "content": message.content,
        "status": message.status,
        "error": message.error_code or None,
        "sent_by": message.sent_by or None,
        "is_ai_generated": message.is_ai_generated,
        "encoding": message.encoding or None,
        "segments": message.parts,
        "created_at": to_wire(message.created_at),
    }


def webhook_text_body(event: EventLog, *, event_type: Any) -> str | None:
    """The body as it is sent; None where the text is gone, with its contact. One statement."""
    messages = Message.objects.of_organization(event.organization_id).select_related("contact", "conversation")
    message = messages.filter(pk=event.data.get("messageId")).first()
    if message is None:
        return None
    fields = {**partner_message_fields(message), "status": event.data["status"], "error": event.data.get("errorCode")}
    told = WebhookTextMessage(
        event_type=event_type, message=PartnerMessage(**fields), timestamp=to_wire(event.created_at)
    )
    return to_json(told).decode()
