"""Reads of contacts."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from contacts.models import Contact
from tether_calls.common.object_id import is_object_id

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


def contact_with_id(*, organization_id: str, contact_id: str) -> Contact | None:
    """The organization's contact; what is no id is nobody's. One statement."""
    if not is_object_id(contact_id):
        return None
    return Contact.objects.of_organization(organization_id).filter(pk=contact_id).first()


def contact_with_number(*, organization_id: str, phone_number: str) -> Contact | None:
    """The organization's one contact with this number. One statement."""
    return Contact.objects.of_organization(organization_id).filter(phone_number=phone_number).first()
