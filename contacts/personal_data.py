"""What contacts know of persons: themselves, what was written of them, and that they want no calls."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from contacts.models import Contact, ContactNote, ContextValue, ContextVariable, DoNotCallNumber, Reminder
from tether_calls.common.personal_data import Person, Place, register, register_harmless


def _contacts(person: Person) -> QuerySet[Contact]:
    return Contact.objects.of_organization(person.organization_id).filter(pk__in=person.contact_ids)


def _has_no_reason(row: DoNotCallNumber) -> bool:
    return not row.reason


def _notes(person: Person) -> QuerySet[ContactNote]:
    return ContactNote.objects.of_organization(person.organization_id).filter(contact__in=person.contact_ids)


def _values(person: Person) -> QuerySet[ContextValue]:
    return ContextValue.objects.of_organization(person.organization_id).filter(contact__in=person.contact_ids)


def _reminders(person: Person) -> QuerySet[Reminder]:
    return Reminder.objects.of_organization(person.organization_id).filter(contact__in=person.contact_ids)


def _do_not_call(person: Person) -> QuerySet[DoNotCallNumber]:
    return DoNotCallNumber.objects.of_organization(person.organization_id).filter(phone_number__in=person.phone_numbers)


def _forget_reason(_person: Person, rows: Sequence[DoNotCallNumber]) -> None:
    """The number alone stays."""
    # wall: rows that were found of one organization's person
    DoNotCallNumber.objects.filter(pk__in=[row.pk for row in rows]).update(reason="")


register(
    Place(
        name="notes",
        title="Notes of the contact",
        model=ContactNote,
        of=_notes,
        personal=("note",),
        harmless={"ids of users": ("mentions",)},
        exported=("type", "created_at"),
        call="call_id",
    ),
    Place(
        name="contextValues",
        title="Context variables' values",
        model=ContextValue,
        of=_values,
        personal=("value",),
    ),
    Place(
        name="reminders",
        title="Reminders",
        model=Reminder,
        of=_reminders,
        personal=("note",),
        exported=("reminder_date", "created_at"),
    ),
    Place(
        name="doNotCall",
        title="Do Not Call list",
        model=DoNotCallNumber,
        of=_do_not_call,
        personal=("phone_number", "reason"),
        exported=("source", "created_at"),
        erase=_forget_reason,
        is_gone=_has_no_reason,
        kept="The number stays on the Do Not Call list: without it the person would be called again. Its reason goes.",
    ),
    # Last of all: by it the rest is found.
    Place(
        name="contacts",
        title="Contacts",
        model=Contact,
        of=_contacts,
        personal=("first_name", "last_name", "phone_number", "email"),
        harmless={"a word of ours": ("source",)},
        exported=("created_at", "updated_at"),
        order=90,
    ),
)
register_harmless("names and kinds of values, which administrators define", ContextVariable)
