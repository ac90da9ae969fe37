"""What contacts know of persons: themselves, what was written of them, and that they want no calls."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import (
    Consent,
    Contact,
    ContactNote,
    ContextValue,
    ContextVariable,
    DialDecision,
    DoNotCallNumber,
    Reminder,
)
from contacts.services.may_call.pseudonymise import pseudonym, pseudonymise
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


def _consents(person: Person) -> QuerySet[Consent]:
    return Consent.objects.of_organization(person.organization_id).filter(phone_number__in=person.phone_numbers)


def _decisions(person: Person) -> QuerySet[DialDecision]:
    return DialDecision.objects.of_organization(person.organization_id).filter(phone_number__in=person.phone_numbers)


def _forget_reason(_person: Person, rows: Sequence[DoNotCallNumber]) -> None:
    """The number alone stays."""
    # wall: rows that were found of one organization's person
    DoNotCallNumber.objects.filter(pk__in=[row.pk for row in rows]).update(reason="")


def _forget_consents(_person: Person, rows: Sequence[Consent]) -> None:
    """On what basis somebody was called stays; who, and what shows it, goes. It is nobody's consent any more."""
    # wall: rows that were found of one organization's person
    consents = Consent.objects.filter(pk__in=[row.pk for row in rows])
    consents.filter(revoked_at=None).update(revoked_at=timezone.now())
    consents.update(phone_number=pseudonym(), evidence="")


def _forget_decisions(_person: Person, rows: Sequence[DialDecision]) -> None:
    # wall: rows that were found of one organization's person
    pseudonymise(DialDecision.objects.filter(pk__in=[row.pk for row in rows]))


register(
    Place(
        name="notes",
        title="Notes of the contact",
        model=ContactNote,
        of=_notes,
        personal=("note",),
        harmless={"ids of users": ("mentions",)},
        exported=("type", "created_at"),
        calls=("call_id",),
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
        harmless={"ours": ("text_code",)},
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
    Place(
        name="consents",
        title="Consents to calls",
        model=Consent,
        of=_consents,
        personal=("phone_number", "evidence"),
        harmless={"words of ours": ("basis", "purpose", "source")},
        exported=("basis", "purpose", "obtained_at", "expires_at", "revoked_at", "created_at"),
        erase=_forget_consents,
        kept="On what basis somebody was called has to be shown for years: a pseudonym takes the number's place.",
        calls=("call_id",),
    ),
    Place(
        name="decisions",
        title="Decisions about dials",
        model=DialDecision,
        of=_decisions,
        personal=("phone_number",),
        harmless={
            "words of ours": ("path", "purpose", "code"),
            "ids, times and words of ours, and no number": ("rules", "facts"),
        },
        exported=("at", "path", "purpose", "is_allowed", "code", "rules"),
        erase=_forget_decisions,
        kept="That a dial was permitted has to be shown for years: a pseudonym takes the number's place.",
        calls=("call_id",),
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
