"""Contacts as clients see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from contacts.models import Consent, Contact, ContactNote, Reminder
from tether_calls.accounts.models import User
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


class NoteUser(WireStruct):
    """Who wrote a note."""

    id: str = msgspec.field(name="_id")
    email: str
    full_name: str | UnsetType = UNSET


class NoteDocument(WireStruct):
    """What somebody has written of a contact; without `userId` it was an agent, or the system."""

    id: str = msgspec.field(name="_id")
    contact_id: str
    note: str
    type: Literal["manual", "ai_summary", "system"]
    mentions: Annotated[list[str], msgspec.Meta(description="Ids of users.")]
    is_edited: bool
    created_at: Timestamp
    updated_at: Timestamp
    user_id: NoteUser | UnsetType = UNSET
    call_id: str | UnsetType = UNSET


def note_document(note: ContactNote) -> NoteDocument:
    return NoteDocument(
        id=note.pk,
        contact_id=note.contact_id,
        user_id=UNSET if note.user is None else _note_user(note.user),
        note=note.note,
        type=note.type,  # type: ignore[arg-type]  # the database holds one of these
        call_id=or_unset(note.call_id),
        mentions=note.mentions,
        is_edited=note.is_edited,
        created_at=to_wire(note.created_at),
        updated_at=to_wire(note.updated_at),
    )


def _note_user(user: User) -> NoteUser:
    return NoteUser(id=user.pk, full_name=or_unset(user.full_name), email=user.email)


class ReminderDocument(WireStruct):
    """What a user wants to be reminded of about a contact."""

    id: str = msgspec.field(name="_id")
    contact_id: str
    organization_id: str
    created_by: Annotated[str, msgspec.Meta(description="Whose it is.")]
    note: str
    reminder_date: Timestamp
    channel_type: Literal["call", "sms", "none"]
    fired: Annotated[bool, msgspec.Meta(description="Its time has come, and it was told of.")]
    created_at: Timestamp
    agent_id: Annotated[str, msgspec.Meta(description="Who calls the contact then.")] | UnsetType = UNSET


def reminder_document(reminder: Reminder) -> ReminderDocument:
    return ReminderDocument(
        id=reminder.pk,
        contact_id=reminder.contact_id,
        organization_id=reminder.organization_id,
        created_by=reminder.user_id,
        note=reminder.note,
        reminder_date=to_wire(reminder.reminder_date),
        channel_type=reminder.channel_type,  # type: ignore[arg-type]  # the database holds one of these
        fired=reminder.fired,
        created_at=to_wire(reminder.created_at),
        agent_id=or_unset(reminder.agent_id),
    )


class ConsentDocument(WireStruct):
    """That somebody has consented to being called. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    phone_number: str
    basis: str
    purpose: str
    obtained_at: Timestamp
    source: str
    created_at: Timestamp
    evidence: str | UnsetType = UNSET
    expires_at: Timestamp | UnsetType = UNSET
    revoked_at: Timestamp | UnsetType = UNSET
    added_by: Annotated[str, msgspec.Meta(description="The user who told of it.")] | UnsetType = UNSET
    call_id: str | UnsetType = UNSET


def consent_document(consent: Consent) -> ConsentDocument:
    return ConsentDocument(
        id=consent.pk,
        phone_number=consent.phone_number,
        basis=consent.basis,
        purpose=consent.purpose,
        obtained_at=to_wire(consent.obtained_at),
        source=consent.source,
        created_at=to_wire(consent.created_at),
        evidence=or_unset(consent.evidence),
        expires_at=UNSET if consent.expires_at is None else to_wire(consent.expires_at),
        revoked_at=UNSET if consent.revoked_at is None else to_wire(consent.revoked_at),
        added_by=or_unset(consent.added_by_id),
        call_id=or_unset(consent.call_id),
    )
