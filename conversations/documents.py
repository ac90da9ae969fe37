"""Conversations and messages as clients see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from conversations.models import Conversation, Message
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset, timestamp


class ConversationDocument(WireStruct):
    """All messages and calls between a contact and one of our numbers."""

    id: str = msgspec.field(name="_id")
    contact_id: str
    organization_id: str
    channel_type: Literal["call"]
    channel_identifier: Annotated[str, msgspec.Meta(description="Our number, in E.164.")]
    is_resolved: bool
    message_count: int
    user_id: str | UnsetType = UNSET
    latest_message: (
        Annotated[str, msgspec.Meta(description="The newest message, as much as a list shows.")] | UnsetType
    ) = UNSET
    last_message_time: Timestamp | UnsetType = UNSET


class MessageDocument(WireStruct):
    """One entry of a conversation: a text, or what a call leaves, with its summary."""

    id: str = msgspec.field(name="_id")
    conversation_id: str
    contact_id: str
    content: str
    direction: Literal["inbound", "outbound"]
    channel_type: Literal["call", "sms"]
    is_ai_generated: bool = msgspec.field(name="isAIGenerated")
    created_at: Timestamp
    status: (
        Annotated[
            str,
            msgspec.Meta(
                description="The call's; of a text `queued`, `unknown`, `sent`, `delivered`, `undelivered`, `failed` or"
                " `received`."
            ),
        ]
        | UnsetType
    ) = UNSET
    sent_by: Annotated[str, msgspec.Meta(description="The agent's name, or the user's.")] | UnsetType = UNSET
    call_id: str | UnsetType = UNSET
    error_code: Annotated[str, msgspec.Meta(description="Why a text did not arrive.")] | UnsetType = UNSET
    encoding: Annotated[str, msgspec.Meta(description="Of a text: `gsm7` or `ucs2`.")] | UnsetType = UNSET
    segments: Annotated[int, msgspec.Meta(description="As so many messages carriers count a text.")] | UnsetType = UNSET


def conversation_document(conversation: Conversation) -> ConversationDocument:
    return ConversationDocument(
        id=conversation.pk,
        contact_id=conversation.contact_id,
        organization_id=conversation.organization_id,
        user_id=or_unset(conversation.user_id),
        channel_type=conversation.channel_type,  # type: ignore[arg-type]  # one of ChannelType
        channel_identifier=conversation.channel_identifier,
        latest_message=or_unset(conversation.latest_message),
        last_message_time=timestamp(conversation.last_message_time),
        is_resolved=conversation.is_resolved,
        message_count=conversation.message_count,
    )


def message_document(message: Message) -> MessageDocument:
    return MessageDocument(
        id=message.pk,
        conversation_id=message.conversation_id,
        contact_id=message.contact_id,
        content=message.content,
        direction=message.direction,  # type: ignore[arg-type]  # one of Direction
        channel_type=message.channel_type,  # type: ignore[arg-type]  # one of ChannelType
        status=or_unset(message.status),
        sent_by=or_unset(message.sent_by),
        is_ai_generated=message.is_ai_generated,
        call_id=or_unset(message.call_id),
        error_code=or_unset(message.error_code),
        encoding=or_unset(message.encoding),
        segments=or_unset(message.parts),
        created_at=to_wire(message.created_at),
    )
