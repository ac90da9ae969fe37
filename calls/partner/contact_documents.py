"""Contacts and what was written of them, as partners see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.documents.partner_call import PartnerCallContact, call_contact
from contacts.models import Contact, ContactNote, NoteType
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp


class PartnerContact(PartnerCallContact):
    """A person or company that the organization talks to; one for each number."""

    source: Annotated[str | None, msgspec.Meta(description="What made it.")]
    created_at: Timestamp
    updated_at: Timestamp


class PartnerNote(SnakeStruct):
    """What was written of a contact."""

    id: str
    note: str
    type: Literal["manual", "ai_summary", "system"]
    author: Annotated[str | None, msgspec.Meta(description="The user's name; null: an agent's, or the system's.")]
    call_id: Annotated[str | None, msgspec.Meta(description="The call that it is of.")]
    created_at: Timestamp


class PartnerContactDetail(PartnerContact):
    """One contact, with the newest notes of it."""

    recent_notes: list[PartnerNote]


class PartnerContactCreated(PartnerContact):
    """A contact that was made."""

    message: str


class PartnerContactsPage(SnakeStruct):
    """One page of contacts, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    contacts: list[PartnerContact]


def note_document(note: ContactNote) -> PartnerNote:
    return PartnerNote(
        id=note.pk,
        note=note.note,
        type=NoteType(note.type).value,  # type: ignore[arg-type]  # one of the three
        author=None if note.user is None else note.user.full_name or note.user.email,
        call_id=note.call_id,
        created_at=to_wire(note.created_at),
    )


def contact_document(contact: Contact) -> PartnerContact:
    return PartnerContact(
        **msgspec.structs.asdict(call_contact(contact)),
        source=contact.source or None,
        created_at=to_wire(contact.created_at),
        updated_at=to_wire(contact.updated_at),
    )
