"""Reads of conversations and their messages."""

from __future__ import annotations

from django.db.models import F

from contacts.selectors import contact_of
from conversations.models import Conversation, Message
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of


def conversations_of_contact(*, organization_id: str, contact_id: str, paging: Paging) -> Page[Conversation]:
    """A page of the conversations with a contact, the liveliest first. Three statements. Raises CONTACT_NOT_FOUND."""
    contact = contact_of(organization_id=organization_id, contact_id=contact_id)
    conversations = Conversation.objects.of_organization(organization_id).filter(contact=contact)
    return page_of(conversations.order_by(F("last_message_time").desc(nulls_last=True), "-id"), paging)


def conversation_of(*, organization_id: str, conversation_id: str) -> Conversation:
    """One conversation. One statement. Raises CONVERSATION_NOT_FOUND."""
    conversations = Conversation.objects.of_organization(organization_id)
    return conversations.get_or_refuse(ErrorCode.CONVERSATION_NOT_FOUND, pk=conversation_id)


def messages_of_conversation(*, organization_id: str, conversation_id: str, paging: Paging) -> Page[Message]:
    """A page of a conversation's messages, newest first. Three statements. Raises CONVERSATION_NOT_FOUND."""
    conversation = conversation_of(organization_id=organization_id, conversation_id=conversation_id)
    messages = Message.objects.of_organization(organization_id).filter(conversation=conversation)
    return page_of(messages.order_by("-id"), paging)
