"""What ingest has to know before it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from calls.models import Call
from contacts.models import Contact
from contacts.services import is_no_name
from conversations.models import ChannelType, Conversation
from tether_calls.accounts.models import Organization
from tether_calls.common.phone import HIDDEN_CALLER
from tether_calls.common.statements import CompiledQuery

# No name has it: ingest and the forms refuse control characters.
_BETWEEN_NAMES = "\x1f"


@dataclass(frozen=True)
class Known:
    """What is there already; None where it is not.

    `placeholder`: what the contact is called (first, last), where that is no name and it waits for one.
    """

    call_id: str | None
    contact_id: str | None
    placeholder: tuple[str, str] | None
    conversation_id: str | None


def known_before_ingest(
    *, organization_id: str, user_id: str, external_call_id: str | None, customer_number: str, own_number: str
) -> Known:
    """Look up the same call, its contact and its conversation: one statement for the three.

    `customer_number` is one under which contacts are kept (`contacts.selectors.contact_number`).
    """
    row = _KNOWN.first(
        organization_id=organization_id,
        user_id=user_id,
        # No call has the empty identifier: a blank one is stored as none.
        external_call_id=external_call_id or "",
        customer_number=customer_number,
        own_number=own_number,
    )
    assert row is not None, "the user's organization is gone"
    call_id, contact_id, contact_name, conversation_id = row
    first, _, last = (contact_name or "").partition(_BETWEEN_NAMES)
    may_be_named = contact_id is not None and customer_number != HIDDEN_CALLER and is_no_name(f"{first} {last}")
    return Known(call_id, contact_id, (first, last) if may_be_named else None, conversation_id)


def _known(
    *, organization_id: str, user_id: str, external_call_id: str, customer_number: str, own_number: str
) -> QuerySet[Organization, Any]:
    # wall: a vendor's id is unique among the calls of a user, who may have been in another organization before
    call = Call.objects.filter(user_id=user_id, external_call_id=external_call_id)
    contact = Contact.objects.of_organization(OuterRef("pk")).filter(phone_number=customer_number)
    name = Concat("first_name", Value(_BETWEEN_NAMES), "last_name")
    conversation = Conversation.objects.of_organization(OuterRef("pk")).filter(
        contact__organization_id=OuterRef("pk"),
        contact__phone_number=customer_number,
        channel_type=ChannelType.CALL,
        channel_identifier=own_number,
    )
    return (
        Organization.objects.filter(pk=organization_id)
        .annotate(
            known_call=_id_of(call),
            known_contact=_id_of(contact),
            known_name=Subquery(contact.order_by().values_list(name)[:1]),
            known_conversation=_id_of(conversation),
        )
        .values_list("known_call", "known_contact", "known_name", "known_conversation")
    )


def _id_of(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values("pk")[:1])


_KNOWN = CompiledQuery(_known, "organization_id", "user_id", "external_call_id", "customer_number", "own_number")
