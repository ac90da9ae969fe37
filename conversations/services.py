"""Writes to conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db.models import F

from conversations.models import LATEST_MAX, ChannelType, Conversation, Message
from conversations.selectors import conversation_of, seen_conversations
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.phone import e164_of
from tether_calls.common.rows import new_row
from tether_calls.common.sight import Sight
from tether_calls.common.statements import insert, insert_or_get, update
from tether_calls.common.statements_of_many import insert_many, insert_or_get_many, update_each


def find_or_create_conversation(
    *, organization_id: str, user_id: str | None, contact_id: str, channel_identifier: str
) -> Conversation:
    """The conversation of a contact with one of our numbers, in any spelling. One statement."""
    conversation = Conversation(
        organization_id=organization_id,
        user_id=user_id,
        contact_id=contact_id,
        channel_identifier=channel_of(channel_identifier),
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
    message = new_row(
        Message,
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
    update(
        Conversation,
        where={"organization": organization_id, "id": conversation_id},
        values={"latest_message": content[:LATEST_MAX], "last_message_time": at},
        add={"message_count": 1},
    )
    return message


def leave_text(
    *,
    organization_id: str,
    conversation_id: str,
    contact_id: str,
    content: str,
    direction: str,
    status: str,
    provider: str,
    encoding: str,
    parts: int,
    provider_message_id: str = "",
    sent_by: str = "",
    is_ai_generated: bool = False,
) -> Message:
    """A text, in its conversation. Two statements. Raises IntegrityError where the carrier's id of it is known."""
    message = new_row(
        Message,
        organization_id=organization_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        content=content,
        direction=direction,
        channel_type=ChannelType.SMS,
        status=status,
        provider=provider,
        provider_message_id=provider_message_id,
        encoding=encoding,
        parts=parts,
        sent_by=sent_by,
        is_ai_generated=is_ai_generated,
    )
    insert(message)
    update(
        Conversation,
        where={"organization": organization_id, "id": conversation_id},
        values={"latest_message": content[:LATEST_MAX], "last_message_time": message.created_at},
        add={"message_count": 1},
    )
    return message


def channel_of(number: str) -> str:
    """One of our numbers as conversations have it."""
    return e164_of(number) or number


class CallMessages:
    """Messages of many calls, and their conversations: found, made and counted as call by call.

    One statement looks the conversations up, in the transaction that writes, and holds them until it ends.
    """

    def __init__(self, *, organization_id: str, user_id: str | None, contact_ids: Iterable[str]) -> None:
        self._organization_id, self._user_id = organization_id, user_id
        conversations = Conversation.objects.of_organization(organization_id).filter(
            contact_id__in=set(contact_ids), channel_type=ChannelType.CALL
        )
        # In one order for all, so that two that write to the same wait for each other.
        held = conversations.select_for_update(no_key=True).order_by("pk")
        self._conversations = {(each.contact_id, each.channel_identifier): each for each in held}
        self._channels: dict[str, str] = {}
        self._new: list[Conversation] = []
        # By id.
        self._there: dict[str, Conversation] = {}
        self._messages: list[tuple[Message, Conversation]] = []

    def leave(self, message: Message, *, contact_id: str, channel_identifier: str) -> Conversation:
        """Put a call's message into the conversation of a contact with one of our numbers.

        The conversation has its id when all are written.
        """
        channel = self._channels.get(channel_identifier)
        if channel is None:
            channel = self._channels[channel_identifier] = channel_of(channel_identifier)
        conversation = self._conversations.get((contact_id, channel))
        if conversation is None:
            conversation = Conversation(
                organization_id=self._organization_id,
                user_id=self._user_id,
                contact_id=contact_id,
                channel_identifier=channel,
            )
            self._conversations[contact_id, channel] = conversation
            self._new.append(conversation)
        elif not conversation._state.adding:
            self._there[conversation.pk] = conversation
        message.organization_id, message.channel_type = self._organization_id, ChannelType.CALL
        message.contact_id = contact_id
        conversation.latest_message = message.content[:LATEST_MAX]
        conversation.last_message_time = message.created_at
        conversation.message_count += 1
        self._messages.append((message, conversation))
        return conversation

    def write_conversations(self) -> None:
        """The new ones, with what their messages change; calls refer to them. One statement."""
        if self._new:
            ordered = sorted(self._new, key=lambda each: (each.contact_id, each.channel_identifier))
            unique = ["contact", "channel_type", "channel_identifier"]
            made = {each.pk for each in insert_or_get_many(ordered, unique=unique)}
            # Another transaction was faster.
            self._there |= {each.pk: each for each in ordered if each.pk not in made}

    def write_messages(self) -> None:
        """All messages, and what they change of conversations that were there. Two statements."""
        for message, conversation in self._messages:
            message.conversation_id = conversation.pk
        insert_many([message for message, _ in self._messages])
        if self._there:
            left = Counter(message.conversation_id for message, _ in self._messages)
            ordered = [self._there[conversation_id] for conversation_id in sorted(self._there)]
            update_each(ordered, fields=["latest_message", "last_message_time"], add={"message_count": left})


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
    found: list[Message] = _OF_CALL.instances(organization_id=organization_id, call_id=call_id)
    if not found:
        return None
    message = found[0]
    wanted = {
        "content": content,
        "status": status,
        "sent_by": sent_by,
        "is_ai_generated": is_ai_generated,
        "created_at": at,
    }
    if all(getattr(message, name) == value for name, value in wanted.items()):
        return False
    messages = Message.objects.of_organization(organization_id)
    messages.filter(pk=message.pk).update(**wanted)
    # Locked before the look, else a message that another call leaves at the same time would be newest, and not shown.
    conversation = Conversation.objects.of_organization(organization_id).filter(pk=message.conversation_id)
    conversation.select_for_update(no_key=True).first()
    newest = messages.filter(conversation_id=message.conversation_id).order_by("-id").first()
    if newest is not None and newest.pk == message.pk:
        conversation.update(latest_message=content[:LATEST_MAX], last_message_time=at)
    return True


_OF_CALL: Final = CompiledQuery(
    lambda organization_id, call_id: Message.objects.of_organization(organization_id).filter(call_id=call_id)[:1],
    "organization_id",
    "call_id",
)


def take_back_call_message(*, organization_id: str, call_id: str) -> bool:
    """Remove the message of a call that is thrown away; returns whether there was one."""
    messages = Message.objects.of_organization(organization_id)
    message = messages.filter(call_id=call_id).first()
    if message is None:
        return False
    message.delete()
    latest = messages.filter(conversation_id=message.conversation_id).order_by("-id").first()
    Conversation.objects.of_organization(organization_id).filter(pk=message.conversation_id).update(
        latest_message=latest.content[:LATEST_MAX] if latest else "",
        last_message_time=latest.created_at if latest else None,
        message_count=F("message_count") - 1,
    )
    return True


def resolve_conversation(
    *, organization_id: str, conversation_id: str, is_resolved: bool, sight: Sight | None
) -> Conversation:
    """Note that nothing is left to do, or that there is again. Two statements. Raises CONVERSATION_NOT_FOUND."""
    conversations = seen_conversations(organization_id=organization_id, sight=sight)
    conversations.filter(pk=conversation_id).update(is_resolved=is_resolved)
    return conversation_of(organization_id=organization_id, conversation_id=conversation_id, sight=sight)
