"""What conversations know of persons: that there were any, and what was written in them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from conversations.models import Conversation, Message
from tether_calls.common.personal_data import Person, Place, register


def _conversations(person: Person) -> QuerySet[Conversation]:
    return Conversation.objects.of_organization(person.organization_id).filter(contact__in=person.contact_ids)


def _messages(person: Person) -> QuerySet[Message]:
    return Message.objects.of_organization(person.organization_id).filter(contact__in=person.contact_ids)


def _conversation_ids(person: Person) -> Iterable[str]:
    return _conversations(person).order_by().values_list("pk", flat=True)


register(
    Place(
        name="messages",
        title="Messages: calls and texts",
        model=Message,
        of=_messages,
        personal=("content", "provider_message_id"),
        harmless={
            "our side's, and codes": ("sent_by", "status", "provider", "error_code", "provider_code", "encoding")
        },
        exported=("direction", "channel_type", "status", "created_at"),
        calls=("call_id",),
        order=70,
    ),
    Place(
        name="conversations",
        title="Conversations",
        model=Conversation,
        of=_conversations,
        personal=("latest_message",),
        harmless={"our number": ("channel_identifier",)},
        exported=("channel_identifier", "created_at"),
        ids=_conversation_ids,
        order=80,
    ),
)
