"""Contacts as clients see them."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contacts.models import Contact
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset


class ContactDocument(WireStruct):
    """A person or company that the organization talks to; one for each number."""

    id: str = msgspec.field(name="_id")
    organization_id: str
    phone_number: Annotated[str, msgspec.Meta(description="E.164.")]
    created_at: Timestamp
    updated_at: Timestamp
    user_id: Annotated[str, msgspec.Meta(description="Who made it.")] | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    source: Annotated[str, msgspec.Meta(description="What made it.")] | UnsetType = UNSET


def contact_document(contact: Contact) -> ContactDocument:
    return ContactDocument(
        id=contact.pk,
        organization_id=contact.organization_id,
        user_id=or_unset(contact.user_id),
        first_name=or_unset(contact.first_name),
        last_name=or_unset(contact.last_name),
        phone_number=contact.phone_number,
        email=or_unset(contact.email),
        source=or_unset(contact.source),
        created_at=to_wire(contact.created_at),
        updated_at=to_wire(contact.updated_at),
    )
