"""Reads of conversations and their messages."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, F, Max, Q, QuerySet

from contacts.selectors.contacts import contact_of
from conversations.models import LATEST_MAX, Conversation, Message
from tether_calls.accounts.sight import calls_seen, of_calls_seen
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.sight import Sight


def seen_conversations(*, organization_id: str, sight: Sight | None) -> OrganizationQuerySet[Conversation]:
    """The conversations of an organization that somebody sees: by their user, our number, or a call that is seen."""
    return Conversation.objects.of_organization(organization_id).filter(of_conversations_seen(sight))


def of_conversations_seen(sight: Sight | None) -> Q:
    """The same as a condition."""
    if sight is None:
        return Q()
    of_calls = calls_seen(sight).filter(conversation_id__isnull=False).values("conversation_id")
    return Q(user_id__in=sight.user_ids) | Q(channel_identifier__in=sight.numbers) | Q(pk__in=of_calls)


def messages_seen(conversation: Conversation, sight: Sight | None) -> QuerySet[Message]:
    """A conversation's messages, without those of calls that are not seen."""
    messages = Message.objects.of_organization(conversation.organization_id)
    return messages.filter(of_calls_seen(sight), conversation=conversation)


def conversations_of_contact(
    *, organization_id: str, contact_id: str, paging: Paging, sight: Sight | None
) -> Page[Conversation]:
    """A page of the conversations with a contact, the liveliest first. Three statements. Raises CONTACT_NOT_FOUND."""
    contact = contact_of(organization_id=organization_id, contact_id=contact_id, sight=sight)
    conversations = seen_conversations(organization_id=organization_id, sight=sight).filter(contact=contact)
    page = page_of(conversations.order_by(F("last_message_time").desc(nulls_last=True), "-id"), paging)
    as_seen(page.rows, sight)
    return page


def conversation_of(*, organization_id: str, conversation_id: str, sight: Sight | None) -> Conversation:
    """One conversation. One statement. Raises CONVERSATION_NOT_FOUND."""
    conversations = seen_conversations(organization_id=organization_id, sight=sight)
    found = conversations.get_or_refuse(ErrorCode.CONVERSATION_NOT_FOUND, pk=conversation_id)
    as_seen([found], sight)
    return found


def messages_of_conversation(
    *, organization_id: str, conversation_id: str, paging: Paging, sight: Sight | None
) -> Page[Message]:
    """A page of a conversation's messages, newest first. Three statements. Raises CONVERSATION_NOT_FOUND."""
    conversations = seen_conversations(organization_id=organization_id, sight=sight)
    conversation = conversations.get_or_refuse(ErrorCode.CONVERSATION_NOT_FOUND, pk=conversation_id)
    return page_of(messages_seen(conversation, sight).order_by("-id"), paging)


def as_seen(conversations: Sequence[Conversation], sight: Sight | None) -> None:
    """Give each that as its latest message which is seen of it. No statement; two for who does not see all calls.

    The rows are changed in memory: they are for showing, not for saving.
    """
    if sight is None or not conversations:
        return
    ids = [conversation.pk for conversation in conversations]
    messages = Message.objects.of_organization(sight.organization_id).filter(of_calls_seen(sight))
    found = messages.filter(conversation_id__in=ids).order_by().values_list("conversation_id")
    counted = {each: (count, newest) for each, count, newest in found.annotate(Count("pk"), Max("pk"))}
    newest_of = messages.in_bulk([newest for _, newest in counted.values()])
    for conversation in conversations:
        count, newest_id = counted.get(conversation.pk, (0, ""))
        newest = newest_of.get(newest_id)
        conversation.message_count = count
        conversation.latest_message = "" if newest is None else newest.content[:LATEST_MAX]
        conversation.last_message_time = None if newest is None else newest.created_at
