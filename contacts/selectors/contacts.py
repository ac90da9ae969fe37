"""Reads of contacts: by id, by number, by words, in pages."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from contacts.models import Contact
from tether_calls.accounts.sight import of_contacts_seen
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.phone import HIDDEN_CALLER, digits_to_find, e164_of, is_hidden, spellings
from tether_calls.common.sight import Sight

_MAX_WORDS = 5


def contacts_matching(*, organization_id: str, text: str) -> QuerySet[Contact]:
    """Contacts in whose name, number or e-mail address every word of `text` occurs; by trigram index on PostgreSQL.

    A number, or part of one, is one word however it is written: `(416) 555-01`.
    """
    contacts = Contact.objects.of_organization(organization_id)
    for word in [text.strip()] if digits_to_find(text) else text.split()[:_MAX_WORDS]:
        found = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        if digits := digits_to_find(word):
            found |= Q(phone_number__contains=digits)
        contacts = contacts.filter(found)
    return contacts


def contact_number(phone_number: str) -> str:
    """The number under which the contact with this one (as it was told) is kept; hidden callers have one together."""
    if is_hidden(phone_number):
        return HIDDEN_CALLER
    return e164_of(phone_number) or phone_number


def find_contact(*, organization_id: str, contact_id: str, sight: Sight | None) -> Contact | None:
    """The organization's contact, where it is seen; what is no id finds none. One statement."""
    if not is_object_id(contact_id):
        return None
    return Contact.objects.of_organization(organization_id).filter(of_contacts_seen(sight), pk=contact_id).first()


def find_contact_by_number(*, organization_id: str, phone_number: str) -> Contact | None:
    """The organization's one contact with this number, in any spelling. One statement, none for hidden callers."""
    if is_hidden(phone_number):
        return None
    known = spellings(phone_number)
    contacts = Contact.objects.of_organization(organization_id).filter(phone_number__in=known)
    return min(contacts, key=lambda contact: known.index(contact.phone_number), default=None)


def contacts_page(
    *, organization_id: str, search: str, source: str, paging: Paging, sight: Sight | None
) -> Page[Contact]:
    """One page of those that are seen, newest first; empty `search` and `source` filter nothing. Two statements."""
    contacts = contacts_matching(organization_id=organization_id, text=search).filter(of_contacts_seen(sight))
    if source:
        contacts = contacts.filter(source=source)
    return page_of(contacts.order_by("-id"), paging)


def contact_of(*, organization_id: str, contact_id: str, sight: Sight | None) -> Contact:
    """One contact that is seen. One statement. Raises CONTACT_NOT_FOUND."""
    contacts = Contact.objects.of_organization(organization_id).filter(of_contacts_seen(sight))
    return contacts.get_or_refuse(ErrorCode.CONTACT_NOT_FOUND, pk=contact_id)


def contact_with_number(*, organization_id: str, phone_number: str, sight: Sight | None) -> Contact:
    """The contact with this number, in any spelling, where it is seen. Raises CONTACT_NOT_FOUND.

    One statement, two for who does not see all.
    """
    contact = find_contact_by_number(organization_id=organization_id, phone_number=phone_number)
    if contact is not None and sight is not None:
        contact = find_contact(organization_id=organization_id, contact_id=contact.pk, sight=sight)
    if contact is None:
        raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
    return contact
