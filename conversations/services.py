"""Writes to conversations."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from conversations.models import ChannelType, Conversation, Message
from tether_calls.common.errors import ErrorCode
from tether_calls.common.phone import e164_of
from tether_calls.common.statements import insert, insert_or_get

_LATEST_MAX = 500


def find_or_create_conversation(
    *, organization_id: str, user_id: str | None, contact_id: str, channel_identifier: str
) -> Conversation:
    """The conversation of a contact with one of our numbers, in whatever spelling. One statement."""
    conversation = Conversation(
        organization_id=organization_id,
        user_id=user_id,
        contact_id=contact_id,
        channel_identifier=e164_of(channel_identifier) or channel_identifier,
    )
    insert_or_get(conversation, unique=["contact", "channel_type", "channel_identifier"])
    return conversation


def leave_call_message(
    *,
    organization_id: str,
    conversation_id: str,
    contact_id: str,
    call_id: str,
    content: str,
    direction: str,
    status: str,
    sent_by: str,
    is_ai_generated: bool,
    at: datetime,
) -> Message:
    """The one message that a call leaves in its conversation. Two statements."""
    message = Message(
        organization_id=organization_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        call_id=call_id,
        content=content,
        direction=direction,
        channel_type=ChannelType.CALL,
        status=status,
        sent_by=sent_by,
        is_ai_generated=is_ai_generated,
        created_at=at,
    )
    insert(message)
    Conversation.objects.of_organization(organization_id).filter(pk=conversation_id).update(
        latest_message=content[:_LATEST_MAX], last_message_time=at, message_count=F("message_count") + 1
    )
    return message


def revise_call_message(
    *,
    organization_id: str,
    call_id: str,
    content: str,
    status: str,
    sent_by: str,
    is_ai_generated: bool,
    at: datetime,
) -> bool | None:
    """Bring a call's message up to date; whether that changed it, and None where there is no message.

    One statement, or four or five where it changes. To be called in a transaction, with the call's lock.
    """
    messages = Message.objects.of_organization(organization_id)
    message = messages.filter(call_id=call_id).first()
    if message is None:
        return None
    wanted = {
        "content": content,
        "status": status,
        "sent_by": sent_by,
        "is_ai_generated": is_ai_generated,
        "created_at": at,
    }
    if all(getattr(message, name) == value for name, value in wanted.items()):
        return False
    messages.filter(pk=message.pk).update(**wanted)
    # Locked before the look, else a message that another call leaves at the same time would be newest, and not shown.
    conversation = Conversation.objects.of_organization(organization_id).filter(pk=message.conversation_id)
    conversation.select_for_update(no_key=True).first()
    newest = messages.filter(conversation_id=message.conversation_id).order_by("-id").first()
    if newest is not None and newest.pk == message.pk:
        conversation.update(latest_message=content[:_LATEST_MAX], last_message_time=at)
    return True


def take_back_call_message(*, organization_id: str, call_id: str) -> bool:
    """Remove the message of a call that is thrown away; returns whether there was one."""
    messages = Message.objects.of_organization(organization_id)
    message = messages.filter(call_id=call_id).first()
    if message is None:
        return False
    message.delete()
    latest = messages.filter(conversation_id=message.conversation_id).order_by("-id").first()
    Conversation.objects.of_organization(organization_id).filter(pk=message.conversation_id).update(
        latest_message=latest.content[:_LATEST_MAX] if latest else "",
        last_message_time=latest.created_at if latest else None,
        message_count=F("message_count") - 1,
    )
    return True


def resolve_conversation(*, organization_id: str, conversation_id: str, is_resolved: bool) -> Conversation:
    """Note that nothing is left to do, or that there is again. Two statements. Raises CONVERSATION_NOT_FOUND."""
    conversations = Conversation.objects.of_organization(organization_id)
    conversations.filter(pk=conversation_id).update(is_resolved=is_resolved)
    return conversations.get_or_refuse(ErrorCode.CONVERSATION_NOT_FOUND, pk=conversation_id)
