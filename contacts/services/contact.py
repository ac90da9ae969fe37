"""Writes to contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from contacts.contact_keepers import is_kept, is_others, kept_writings
from contacts.models import Contact
from contacts.selectors.contacts import contact_number, find_contact_by_number
from contacts.services.caller_names import HIDDEN_NAME, NEW_CONTACT, UNKNOWN_CALLER, CallerName, may_be_named
from tether_calls.accounts.sight import of_contacts_seen
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import is_hidden, spellings
from tether_calls.common.sight import Sight
from tether_calls.common.statements import insert_or_get
from tether_calls.common.transactions import delete_until_done, unique_or_refuse

# The source of a contact that a call has made.
FROM_EXTERNAL_CALL = "External Call"
FROM_DIALPAD = "Outgoing Call"


class ContactValues(TypedDict, total=False):
    """What a user says of a contact; `phone_number` as `e164_of` gives it."""

    first_name: str
    last_name: str
    phone_number: str
    email: str
    source: str


def find_or_create_caller(
    *, organization_id: str, user_id: str | None, phone_number: str, caller_name: str
) -> tuple[Contact, bool]:
    """The contact with this number (as it was told); made as `create_caller` makes it, where there is none.

    One statement; one more for a new contact whose number has several spellings, and for a contact that waits for the
    name which is told now.
    """
    known = _kept_under_any_spelling(organization_id, phone_number)
    if known is None:
        return create_caller(
            organization_id=organization_id, user_id=user_id, phone_number=phone_number, caller_name=caller_name
        )
    if may_be_named(known):
        name_placeholder(
            organization_id=organization_id,
            contact_id=known.pk,
            caller_name=caller_name,
            called=(known.first_name, known.last_name),
        )
    return known, False


def create_caller(
    *, organization_id: str, user_id: str | None, phone_number: str, caller_name: str
) -> tuple[Contact, bool]:
    """A contact for a number (as it was told) that no contact has in an older spelling.

    Named `Unknown Caller`, or as the vendor names it; all callers who do not show a number are one contact, which has
    no other name. One statement; one more where another request has made it meanwhile.
    """
    contact = new_caller(
        organization_id=organization_id, user_id=user_id, phone_number=phone_number, caller_name=caller_name
    )
    is_new = insert_or_get(contact, unique=["organization", "phone_number"])
    if not is_new:
        name_placeholder(organization_id=organization_id, contact_id=contact.pk, caller_name=caller_name)
    return contact, is_new


def new_caller(*, organization_id: str, user_id: str | None, phone_number: str, caller_name: str) -> Contact:
    """The contact as `create_caller` makes it, not written yet."""
    name = CallerName.parse(caller_name)
    first, last = (name.first, name.last) if name else UNKNOWN_CALLER
    if is_hidden(phone_number):
        first, last = HIDDEN_NAME
    return Contact(
        organization_id=organization_id,
        user_id=user_id,
        phone_number=contact_number(phone_number),
        first_name=first,
        last_name=last,
        source=FROM_EXTERNAL_CALL,
    )


def find_or_create_dialled(*, organization_id: str, user_id: str, phone_number: str) -> Contact:
    """The contact with this number, made as `New Contact` where there is none. One statement, two for a new one."""
    known = find_contact_by_number(organization_id=organization_id, phone_number=phone_number)
    if known is not None:
        return known
    first, _, last = NEW_CONTACT.partition(" ")
    contact = Contact(
        organization_id=organization_id,
        user_id=user_id,
        phone_number=contact_number(phone_number),
        first_name=first,
        last_name=last,
        source=FROM_DIALPAD,
    )
    if not insert_or_get(contact, unique=["organization", "phone_number"]):
        contact.refresh_from_db()  # another request was faster, and may have known a name
    return contact


def name_placeholder(
    *, organization_id: str, contact_id: str, caller_name: str, called: tuple[str, str] = UNKNOWN_CALLER
) -> None:
    """Give a contact that is still `called` by a placeholder the name that is known now. One statement, or none.

    A real name is never replaced: neither by another, nor by what is no name.
    """
    name = CallerName.parse(caller_name)
    if name is not None:
        first, last = called
        contacts = Contact.objects.of_organization(organization_id)
        contacts.filter(pk=contact_id, first_name=first, last_name=last).update(
            first_name=name.first, last_name=name.last
        )


def is_dialpad_placeholder(contact: Contact) -> bool:
    """Whether the dialpad made it and it has got no name since."""
    return contact.source == FROM_DIALPAD and contact.full_name == NEW_CONTACT


def create_contact(*, organization_id: str, user_id: str, values: ContactValues) -> Contact:
    """A contact that a user enters. One statement, two for a number of several spellings. Raises CONTACT_EXISTS."""
    contact = Contact(organization_id=organization_id, user_id=user_id, **values)
    is_known = _kept_under_any_spelling(organization_id, contact.phone_number) is not None
    if is_known or not insert_or_get(contact, unique=["organization", "phone_number"]):
        raise TetherError(ErrorCode.CONTACT_EXISTS)
    return contact


def update_contact(*, organization_id: str, contact_id: str, changes: ContactValues, sight: Sight | None) -> Contact:
    """Change what is given, and nothing else. Three statements, four for a number of several spellings.

    Raises CONTACT_NOT_FOUND, CONTACT_EXISTS, VALIDATION_ERROR for the one contact of hidden callers, and LEGAL_HOLD for
    another value in the place of one that a hold covers.
    """
    with unique_or_refuse(ErrorCode.CONTACT_EXISTS):
        has_to_stay = kept_writings(organization_id=organization_id)
        contact = _locked(organization_id, contact_id, sight)
        if contact.is_hidden_caller:
            raise TetherError.of_field("_id", "This contact is all callers who do not show a number")
        if overwritten(contact, changes) and has_to_stay(contact.pk, None):
            raise TetherError(ErrorCode.LEGAL_HOLD)
        if "phone_number" in changes:
            known = _kept_under_any_spelling(organization_id, changes["phone_number"])
            if known is not None and known.pk != contact.pk:
                raise TetherError(ErrorCode.CONTACT_EXISTS)
        for name, value in changes.items():
            setattr(contact, name, value)
        contact.save(update_fields=[*changes, "updated_at"])
    return contact


def overwritten(contact: Contact, changes: Mapping[str, object]) -> list[str]:
    """Which of its values, that say something, would say something else; a placeholder for a name says nothing."""
    unsaid = ("first_name", "last_name") if may_be_named(contact) else ()
    there = {name: getattr(contact, name) for name in ContactValues.__annotations__ if name not in unsaid}
    return [name for name, value in there.items() if value and changes.get(name, value) != value]


def delete_contact(*, organization_id: str, contact_id: str, sight: Sight | None) -> None:
    """Delete a contact with its conversations and messages; its calls stay, without both.

    Raises CONTACT_NOT_FOUND, and LEGAL_HOLD: without the contact nobody would know which calls such a hold covers.
    FORBIDDEN where others have spoken with it whom the user does not see: what they wrote would go, too.
    """
    delete_until_done(lambda: _delete(organization_id, contact_id, sight))


def _delete(organization_id: str, contact_id: str, sight: Sight | None) -> None:
    has_to_stay = is_kept(organization_id=organization_id, contact_id=contact_id)
    contact = _locked(organization_id, contact_id, sight)
    if has_to_stay:
        raise TetherError(ErrorCode.LEGAL_HOLD)
    if is_others(sight=sight, contact_id=contact.pk):
        raise TetherError(ErrorCode.FORBIDDEN, "Others have spoken with this contact, too")
    contact.delete()


def _locked(organization_id: str, contact_id: str, sight: Sight | None) -> Contact:
    """A contact that is seen, held for a change until the transaction ends; calls and texts may still refer to it."""
    contacts = Contact.objects.of_organization(organization_id).filter(of_contacts_seen(sight))
    return contacts.select_for_update(no_key=True).get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id)


def _kept_under_any_spelling(organization_id: str, phone_number: str) -> Contact | None:
    """The contact that has the number, perhaps as it was in an older plan; the index knows only today's spelling.

    No statement where a number has but one spelling.
    """
    if is_hidden(phone_number) or len(spellings(phone_number)) == 1:
        return None
    return find_contact_by_number(organization_id=organization_id, phone_number=phone_number)
