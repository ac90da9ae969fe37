"""What ingest has to know before it writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery, Value

from calls.models import Call
from contacts.models import Contact
from contacts.services import UNKNOWN_CALLER
from conversations.models import ChannelType, Conversation
from tether_calls.accounts.models import Organization


@dataclass(frozen=True)
class Known:
    """What is there already; None where it is not."""

    call_id: str | None
    contact_id: str | None
    contact_is_placeholder: bool
    conversation_id: str | None


def known_before_ingest(
    *, organization_id: str, user_id: str, external_call_id: str | None, customer_number: str, own_number: str
) -> Known:
    """Look up the same call, its contact and its conversation: one statement for the three."""
    first, last = UNKNOWN_CALLER
    contact = Contact.objects.filter(organization_id=OuterRef("pk"), phone_number=customer_number)
    conversation = Conversation.objects.filter(
        contact__organization_id=OuterRef("pk"),
        contact__phone_number=customer_number,
        channel_type=ChannelType.CALL,
        channel_identifier=own_number,
    )
    row = (
        Organization.objects.filter(pk=organization_id)
        .annotate(
            known_call=_id_of(same_call(user_id=user_id, external_call_id=external_call_id))
            if external_call_id
            else Value(None),
            known_contact=_id_of(contact),
            known_placeholder=_id_of(contact.filter(first_name=first, last_name=last)),
            known_conversation=_id_of(conversation),
        )
        .values_list("known_call", "known_contact", "known_placeholder", "known_conversation")
        .get()
    )
    return Known(call_id=row[0], contact_id=row[1], contact_is_placeholder=row[2] is not None, conversation_id=row[3])


def same_call(*, user_id: str, external_call_id: str) -> QuerySet[Call]:
    """The call that a key's owner ingested under this identifier."""
    return Call.objects.filter(user_id=user_id, external_call_id=external_call_id)


def _id_of(rows: QuerySet[Call] | QuerySet[Contact] | QuerySet[Conversation]) -> Subquery:
    return Subquery(rows.order_by().values("pk")[:1])
