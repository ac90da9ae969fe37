"""Reads of contacts."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from contacts.models import Contact
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.phone import normalized

_MAX_WORDS = 5


def contacts_matching(*, organization_id: str, text: str) -> QuerySet[Contact]:
    """Contacts in whose name, number or e-mail address every word of `text` occurs; by trigram index on PostgreSQL."""
    contacts = Contact.objects.of_organization(organization_id)
    for word in text.split()[:_MAX_WORDS]:
        found = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
        digits = word.lstrip("+")
        if digits.isascii() and digits.isdigit():
            found |= Q(phone_number__contains=digits)
        contacts = contacts.filter(found)
    return contacts


def find_contact(*, organization_id: str, contact_id: str) -> Contact | None:
    """The organization's contact; what is no id is nobody's. One statement."""
    if not is_object_id(contact_id):
        return None
    return Contact.objects.of_organization(organization_id).filter(pk=contact_id).first()


def find_contact_by_number(*, organization_id: str, phone_number: str) -> Contact | None:
    """The organization's one contact with this number. One statement."""
    return Contact.objects.of_organization(organization_id).filter(phone_number=phone_number).first()


def contacts_page(*, organization_id: str, search: str, source: str, paging: Paging) -> Page[Contact]:
    """One page, newest first; empty `search` and `source` filter nothing. Two statements."""
    contacts = contacts_matching(organization_id=organization_id, text=normalized(search) or search)
    if source:
        contacts = contacts.filter(source=source)
    return page_of(contacts.order_by("-id"), paging)


def contact_of(*, organization_id: str, contact_id: str) -> Contact:
    """One contact. One statement. Raises CONTACT_NOT_FOUND."""
    return _found(Contact.objects.of_organization(organization_id).filter(pk=contact_id))


def contact_with_number(*, organization_id: str, phone_number: str) -> Contact:
    """The contact with this number, in E.164. One statement. Raises CONTACT_NOT_FOUND."""
    return _found(Contact.objects.of_organization(organization_id).filter(phone_number=phone_number))


def _found(contacts: QuerySet[Contact]) -> Contact:
    contact = contacts.first()
    if contact is None:
        raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
    return contact
