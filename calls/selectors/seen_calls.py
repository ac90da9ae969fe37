"""Which calls a user sees, for what names a call by its id."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from calls.models import Call
from contacts.models import Contact
from conversations.models import Conversation
from conversations.selectors import of_conversations_seen
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.sight import Sight
from tether_calls.realtime.events import CallOwner, Owners


def ids_of_seen(sight: Sight) -> QuerySet[Call, Any]:
    """The ids of the calls that it includes."""
    return Call.objects.of_organization(sight.organization_id).seen_by(sight).order_by().values("pk")


def of_contacts_seen(sight: Sight) -> Q:
    """A condition on contacts: made by these users, with a call or a conversation that is seen, or without any call."""
    calls = Call.objects.of_organization(sight.organization_id).filter(contact_id=OuterRef("pk")).order_by()
    theirs = Q(user_id__in=sight.user_ids) | Q(channel_identifier__in=sight.numbers)
    conversations = Conversation.objects.of_organization(sight.organization_id).filter(theirs)
    of_contact = conversations.filter(contact_id=OuterRef("pk")).order_by()
    seen = Q(Exists(calls.seen_by(sight))) | Q(Exists(of_contact)) | Q(~Exists(calls))
    return Q(user_id__in=sight.user_ids) | seen


def leaves_out_of_contact(sight: Sight, contact_id: str) -> bool:
    """Whether there are calls or conversations of a contact that it does not include. Two statements at most."""
    calls = Call.objects.of_organization(sight.organization_id).filter(contact_id=contact_id).order_by()
    conversations = Conversation.objects.of_organization(sight.organization_id).filter(contact_id=contact_id)
    return (
        calls.exclude(sight.of_calls()).exists()
        or conversations.exclude(of_conversations_seen(sight)).order_by().exists()
    )


def owners_of_calls(organization_id: str, call_ids: Collection[str]) -> dict[str, Owners | None]:
    """What decides who sees each of these calls. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(pk__in=call_ids).order_by()
    rows = calls.values_list("pk", "user_id", "provider_phone_number")
    return {call_id: (CallOwner(user_id, number),) for call_id, user_id, number in rows}


def owners_of_conversations(organization_id: str, conversation_ids: Collection[str]) -> dict[str, Owners | None]:
    """The same of conversations, by the rule of `of_conversations_seen`. Two statements."""
    conversations = Conversation.objects.of_organization(organization_id).filter(pk__in=conversation_ids).order_by()
    found = {pk: {CallOwner(*owner)} for pk, *owner in conversations.values_list("pk", "user_id", "channel_identifier")}
    calls = Call.objects.of_organization(organization_id).filter(conversation_id__in=found).order_by()
    for pk, *owner in calls.values_list("conversation_id", "user_id", "provider_phone_number").distinct():
        found[pk].add(CallOwner(*owner))
    return {pk: tuple(owners) for pk, owners in found.items()}


def owners_of_contacts(organization_id: str, contact_ids: Collection[str]) -> dict[str, Owners | None]:
    """The same of contacts, by the rule of `of_contacts_seen`; None: everybody sees a contact without any call.

    Three statements.
    """
    makers = dict(
        Contact.objects.of_organization(organization_id)
        .filter(pk__in=contact_ids)
        .order_by()
        .values_list("pk", "user_id")
    )
    calls = Call.objects.of_organization(organization_id).filter(contact_id__in=makers).order_by()
    of_calls = set(calls.values_list("contact_id", "user_id", "provider_phone_number").distinct())
    conversations = Conversation.objects.of_organization(organization_id).filter(contact_id__in=makers).order_by()
    others = set(conversations.values_list("contact_id", "user_id", "channel_identifier").distinct())
    found: dict[str, Owners | None] = dict.fromkeys(makers)
    for contact_id in {contact_id for contact_id, _, _ in of_calls}:
        theirs = {CallOwner(user_id, number) for pk, user_id, number in of_calls | others if pk == contact_id}
        found[contact_id] = (CallOwner(makers[contact_id], ""), *theirs)
    return found


def check_seen(*, sight: Sight | None, call_id: str) -> None:
    """Refuses what somebody would do to a call that they do not see. One statement; none for who sees all.

    Raises CALL_NOT_FOUND.
    """
    if sight is not None and not ids_of_seen(sight).filter(pk=call_id).exists():
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
