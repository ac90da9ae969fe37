"""Writes to contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from contacts.models import Contact
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import insert_or_get
from tether_calls.common.transactions import delete_until_done, unique_or_refuse

# The name and the source of a contact that is not known yet.
UNKNOWN_CALLER = ("Unknown", "Caller")
FROM_EXTERNAL_CALL = "External Call"
# The name of a contact that is made by dialling.
NEW_CONTACT = "New Contact"
FROM_DIALPAD = "Outgoing Call"


class ContactValues(TypedDict, total=False):
    """What a user says of a contact; `phone_number` in E.164."""

    first_name: str
    last_name: str
    phone_number: str
    email: str
    source: str


@dataclass(frozen=True)
class CallerName:
    """A name as a vendor gives it, split where contacts keep it in two; of a provider's longer one, the beginning."""

    first: str
    last: str

    @classmethod
    def parse(cls, text: str) -> CallerName | None:
        first, _, last = " ".join(text.split()).partition(" ")
        return cls(first[: Contact.NAME_MAX], last[: Contact.NAME_MAX]) if first else None


def find_or_create_caller(
    *, organization_id: str, user_id: str | None, phone_number: str, caller_name: str
) -> tuple[Contact, bool]:
    """The contact with this number; made as `Unknown Caller`, or under the vendor's name for it. One statement."""
    name = CallerName.parse(caller_name)
    first, last = (name.first, name.last) if name else UNKNOWN_CALLER
    contact = Contact(
        organization_id=organization_id,
        user_id=user_id,
        phone_number=phone_number,
        first_name=first,
        last_name=last,
        source=FROM_EXTERNAL_CALL,
    )
    return contact, insert_or_get(contact, unique=["organization", "phone_number"])


def find_or_create_dialled(*, organization_id: str, user_id: str, phone_number: str) -> Contact:
    """The contact with this number, made as `New Contact` where there is none. One statement, two for a new one."""
    contacts = Contact.objects.of_organization(organization_id)
    known = contacts.filter(phone_number=phone_number).first()
    if known is not None:
        return known
    first, _, last = NEW_CONTACT.partition(" ")
    contact = Contact(
        organization_id=organization_id,
        user_id=user_id,
        phone_number=phone_number,
        first_name=first,
        last_name=last,
        source=FROM_DIALPAD,
    )
    if not insert_or_get(contact, unique=["organization", "phone_number"]):
        contact.refresh_from_db()  # another request was faster, and may have known a name
    return contact


def known_name(contact: Contact) -> str:
    """What the contact can be called; empty for a placeholder, which is no name."""
    return "" if contact.full_name in (" ".join(UNKNOWN_CALLER), NEW_CONTACT) else contact.full_name


def name_placeholder(*, organization_id: str, contact_id: str, caller_name: str) -> None:
    """Give a contact that is still `Unknown Caller` the name that is known now. A real name is never replaced."""
    name = CallerName.parse(caller_name)
    if name is not None:
        first, last = UNKNOWN_CALLER
        contacts = Contact.objects.of_organization(organization_id)
        contacts.filter(pk=contact_id, first_name=first, last_name=last).update(
            first_name=name.first, last_name=name.last
        )


def is_dialpad_placeholder(contact: Contact) -> bool:
    """Whether the dialpad made it and it has got no name since."""
    return contact.source == FROM_DIALPAD and contact.full_name == NEW_CONTACT


def create_contact(*, organization_id: str, user_id: str, values: ContactValues) -> Contact:
    """A contact that a user enters. One statement. Raises CONTACT_EXISTS."""
    contact = Contact(organization_id=organization_id, user_id=user_id, **values)
    if not insert_or_get(contact, unique=["organization", "phone_number"]):
        raise TetherError(ErrorCode.CONTACT_EXISTS)
    return contact


def update_contact(*, organization_id: str, contact_id: str, changes: ContactValues) -> Contact:
    """Change what is given, and nothing else. Two statements. Raises CONTACT_NOT_FOUND, CONTACT_EXISTS."""
    with unique_or_refuse(ErrorCode.CONTACT_EXISTS):
        contact = _locked(organization_id, contact_id)
        for name, value in changes.items():
            setattr(contact, name, value)
        contact.save(update_fields=[*changes, "updated_at"])
    return contact


def delete_contact(*, organization_id: str, contact_id: str) -> None:
    """Delete a contact with its conversations and messages; its calls stay, without both. Raises CONTACT_NOT_FOUND."""
    delete_until_done(lambda: _locked(organization_id, contact_id).delete())


def _locked(organization_id: str, contact_id: str) -> Contact:
    """The contact, held for a change until the transaction ends; calls and messages may still refer to it."""
    contacts = Contact.objects.of_organization(organization_id).select_for_update(no_key=True)
    return contacts.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id)
