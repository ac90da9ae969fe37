"""Reads of contacts, and of whom not to call."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from contacts.models import (
    Consent,
    Contact,
    ContactNote,
    ContextType,
    ContextVariable,
    DialDecision,
    DoNotCallNumber,
    NoteType,
    Reminder,
)
from contacts.rules.facts import ConsentFact
from tether_calls.accounts.models import CallingHours, Organization, User
from tether_calls.accounts.sight import of_calls_seen, of_contacts_seen
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.number_types import costly_type
from tether_calls.common.object_id import is_object_id
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.phone import HIDDEN_CALLER, digits_to_find, e164_of, is_hidden, spellings
from tether_calls.common.sight import Sight

_MAX_WORDS = 5
_CONSENTS_READ = 100
_CONSENT = ("id", "basis", "purpose", "obtained_at", "expires_at", "revoked_at")
_EXPORTED_AT_ONCE = 2_000
_NOTES_SEARCHED = 200
_MOST_REMINDERS = 1_000


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


def context_variables(*, organization_id: str, context_type: str | None = None) -> list[ContextVariable]:
    """What is defined, by name; of one type, or of both. One statement."""
    variables = ContextVariable.objects.of_organization(organization_id)
    return list(variables if context_type is None else variables.filter(context_type=context_type))


def context_of(*, organization_id: str, contact_id: str | None) -> dict[str, str | int | float | bool]:
    """All that is defined, with the contact's value before that of the organization; empty where neither has one.

    One statement.
    """
    mine = Q(values__contact=None) if contact_id is None else Q(values__contact=None) | Q(values__contact=contact_id)
    variables = ContextVariable.objects.of_organization(organization_id).alias(
        mine=FilteredRelation("values", condition=mine)
    )
    context: dict[str, str | int | float | bool] = {}
    # "business" first, then "contact", whose value stays.
    for name, value, _ in sorted(
        variables.order_by().values_list("name", "mine__value", "context_type"),
        key=lambda row: (row[1] is not None, row[2] == ContextType.CONTACT),
    ):
        context[name] = "" if value is None else value
    return context


def contact_number(phone_number: str) -> str:
    """The number under which the contact with this one (as it was told) is kept; hidden callers have one together."""
    if is_hidden(phone_number):
        return HIDDEN_CALLER
    return e164_of(phone_number) or phone_number


def notes_to_search(call_ids: Collection[str]) -> dict[str, list[str]]:
    """What is written of each of the calls, the newest first: of up to 200 notes each. One statement, or none.

    Summaries as the agents made them are not among them: they are the calls' own text.
    """
    if not call_ids:
        return {}
    # wall: of calls that the caller may see, or writes
    notes = ContactNote.objects.filter(call_id__in=call_ids).exclude(
        type=NoteType.AI_SUMMARY, is_of_tool=False, is_edited=False
    )
    numbered = notes.annotate(place=Window(RowNumber(), partition_by="call_id", order_by="-pk"))
    found: dict[str, list[str]] = {}
    for call_id, note in numbered.filter(place__lte=_NOTES_SEARCHED).order_by("-pk").values_list("call_id", "note"):
        found.setdefault(str(call_id), []).append(note)
    return found


def find_contact(*, organization_id: str, contact_id: str, sight: Sight | None) -> Contact | None:
    """The organization's contact, where it is seen; what is no id finds none. One statement."""
    if not is_object_id(contact_id):
        return None
    return Contact.objects.of_organization(organization_id).filter(of_contacts_seen(sight), pk=contact_id).first()


def find_contact_by_number(*, organization_id: str, phone_number: str) -> Contact | None:
    """The organization's one contact with this number, in whatever spelling. One statement, none for hidden callers."""
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
    """The contact with this number, in whatever spelling, where it is seen. Raises CONTACT_NOT_FOUND.

    One statement, two for who does not see all.
    """
    contact = find_contact_by_number(organization_id=organization_id, phone_number=phone_number)
    if contact is not None and sight is not None:
        contact = find_contact(organization_id=organization_id, contact_id=contact.pk, sight=sight)
    if contact is None:
        raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
    return contact


def check_may_be_dialled(*, organization_id: str, phone_number: str) -> Organization:
    """Whether the organization may dial this number (E.164) at all, whoever calls; it comes with its calling hours.

    One statement. Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED.
    """
    organization = (
        Organization.objects.filter(pk=organization_id)
        .select_related("calling_hours")
        .annotate(is_forbidden=Exists(_entries(OuterRef("pk"), phone_number).order_by()))
        .get()
    )
    if organization.is_forbidden:
        raise TetherError(ErrorCode.DO_NOT_CALL)
    its_type = costly_type(phone_number)
    if its_type is not None and its_type not in organization.allowed_number_types:
        raise TetherError(ErrorCode.NUMBER_TYPE_NOT_ALLOWED)
    return organization


@dataclass(frozen=True)
class Asked:
    """An organization that is asked whether it may call a number, and what it knows of the number."""

    organization: Organization
    hours: CallingHours | None
    is_listed: bool
    consents: tuple[ConsentFact, ...]


def asked_organization(*, organization_id: str, phone_number: str, with_consents: bool) -> Asked:
    """What an organization has set, and knows of a number (E.164): the newest 100 consents among it. One statement."""
    organizations: Any = (
        Organization.objects.filter(pk=organization_id)
        .select_related("calling_hours")
        .annotate(is_forbidden=Exists(_entries(OuterRef("pk"), phone_number).order_by()))
    )
    if with_consents:
        of_number = Q(consents__phone_number__in=spellings(phone_number))
        organizations = (
            organizations.alias(given=FilteredRelation("consents", condition=of_number))
            .annotate(**{f"given_{name}": F(f"given__{name}") for name in _CONSENT})
            .order_by(F("given__obtained_at").desc(nulls_last=True), "given__id")
        )
    rows = list(organizations[:_CONSENTS_READ])
    organization = rows[0]
    given: list[dict[str, Any]] = [{name: getattr(row, f"given_{name}", None) for name in _CONSENT} for row in rows]
    return Asked(
        organization=organization,
        hours=getattr(organization, "calling_hours", None),
        is_listed=organization.is_forbidden,
        consents=tuple(ConsentFact(**each) for each in given if each["id"] is not None),
    )


@dataclass(frozen=True)
class Attempt:
    """A dial that was allowed: when, which of its number, and for which call."""

    at: datetime
    number: int
    call_id: str | None


def newest_attempts(*, organization_id: str, phone_number: str, most: int) -> list[Attempt]:
    """The newest dials of a number (E.164), by whichever way; `number` is the number's last. One statement."""
    dialled = DialDecision.objects.of_organization(organization_id).filter(
        phone_number__in=spellings(phone_number), is_allowed=True
    )
    last = dialled.exclude(attempt=None).order_by("-attempt").values("attempt")[:1]
    rows = dialled.order_by("-at", "-pk").annotate(last=Subquery(last)).values_list("at", "last", "call_id")[:most]
    return [Attempt(at, last or 0, call_id) for at, last, call_id in rows]


def decision_of_call(*, organization_id: str, call_id: str) -> DialDecision | None:
    """What was decided of a call. One statement."""
    return DialDecision.objects.of_organization(organization_id).filter(call_id=call_id).first()


def decisions_page(
    *,
    organization_id: str,
    phone_number: str | None = None,
    call_id: str | None = None,
    is_allowed: bool | None = None,
    limit: int,
    before: str | None = None,
) -> tuple[list[DialDecision], bool]:
    """Decisions that are older than `before`, the newest first, and whether there are more. One statement."""
    decisions = DialDecision.objects.of_organization(organization_id)
    if phone_number is not None:
        decisions = decisions.filter(phone_number__in=spellings(phone_number))
    if call_id is not None:
        decisions = decisions.filter(call_id=call_id)
    if is_allowed is not None:
        decisions = decisions.filter(is_allowed=is_allowed)
    if before is not None:
        decisions = decisions.filter(pk__lt=before)
    rows = list(decisions.order_by("-pk")[: limit + 1])
    return rows[:limit], len(rows) > limit


def consents_page(
    *, organization_id: str, phone_number: str | None, paging: Paging, sight: Sight | None
) -> Page[Consent]:
    """One page of consents, newest first; of a number, in whatever spelling, or of all. Two statements."""
    consents = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight))
    if phone_number is not None:
        consents = consents.filter(phone_number__in=spellings(phone_number))
    return page_of(consents.order_by("-id"), paging)


def consent_rows(*, organization_id: str, sight: Sight | None) -> Iterator[Consent]:
    """All consents, the oldest first; read in pieces, so that a long list needs no memory."""
    consents = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight)).order_by("pk")
    return consents.iterator(chunk_size=_EXPORTED_AT_ONCE)


def check_may_be_called(*, organization_id: str, phone_number: str, at: datetime) -> None:
    """Whether this number (E.164) may be sent a text now, which is `at`; of dials `services.may_call` decides.

    One statement.
    Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED, OUTSIDE_CALLING_HOURS.
    """
    organization = check_may_be_dialled(organization_id=organization_id, phone_number=phone_number)
    hours: CallingHours | None = getattr(organization, "calling_hours", None)
    if hours is not None and not hours.permit(phone_number=phone_number, at=at):
        raise TetherError(ErrorCode.OUTSIDE_CALLING_HOURS)


def next_permitted_text(*, organization_id: str, phone_number: str, after: datetime) -> datetime:
    """`after`, or the first minute from then on at which the calling hours let a text be sent to this number (E.164).

    One statement. Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED; OUTSIDE_CALLING_HOURS where that is never.
    """
    organization = check_may_be_dialled(organization_id=organization_id, phone_number=phone_number)
    hours: CallingHours | None = getattr(organization, "calling_hours", None)
    permitted = after if hours is None else hours.next_permitted(phone_number=phone_number, after=after)
    if permitted is None:
        raise TetherError(ErrorCode.OUTSIDE_CALLING_HOURS, "The calling hours never permit a text to this number")
    return permitted


def do_not_call_entry(*, organization_id: str, phone_number: str) -> DoNotCallNumber | None:
    """What is known of why the number must not be dialled. One statement."""
    return _entries(organization_id, phone_number).first()


def do_not_call_rows(*, organization_id: str) -> Iterator[tuple[str, str]]:
    """Number and reason of all entries, by number; read in pieces, so that a long list needs no memory."""
    entries = DoNotCallNumber.objects.of_organization(organization_id).order_by("phone_number")
    return entries.values_list("phone_number", "reason").iterator(chunk_size=_EXPORTED_AT_ONCE)


def _entries(organization_id: str | OuterRef, phone_number: str) -> QuerySet[DoNotCallNumber]:
    # Entries have the spelling of the plan of their time.
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    return entries.filter(phone_number__in=spellings(phone_number))


def notes_page(
    *,
    organization_id: str,
    sight: Sight | None,
    contact_id: str | None = None,
    call_id: str | None = None,
    mentioned_id: str | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[ContactNote], int]:
    """Notes of a contact, of a call, that mention a user, newest first with who wrote them; and how many there are.

    All that is given must hold. Of calls and of a contact that are not seen there are none. Two statements.
    """
    notes = ContactNote.objects.of_organization(organization_id).filter(of_calls_seen(sight))
    if contact_id is not None:
        seen = Contact.objects.of_organization(organization_id).filter(of_contacts_seen(sight), pk=contact_id)
        notes = notes.filter(contact_id=contact_id) if sight is None else notes.filter(contact_id__in=seen.values("pk"))
    if call_id is not None:
        notes = notes.filter(call_id=call_id)
    if mentioned_id is not None:
        notes = notes.filter(mention_rows__user_id=mentioned_id)
    page = notes.select_related("user").order_by("-id")[offset : offset + limit]
    return list(page), notes.count()


def notes_of_call(*, organization_id: str, call_id: str, most: int) -> list[ContactNote]:
    """The newest notes of a call, with who wrote them. One statement."""
    notes = ContactNote.objects.of_organization(organization_id).filter(call_id=call_id)
    return list(notes.select_related("user").order_by("-id")[:most])


def notes_of_contact(*, organization_id: str, contact_id: str, most: int, sight: Sight | None) -> list[ContactNote]:
    """The newest notes of a contact, with who wrote them. One statement."""
    notes = ContactNote.objects.of_organization(organization_id).filter(of_calls_seen(sight), contact_id=contact_id)
    return list(notes.select_related("user").order_by("-id")[:most])


def note_counts(call_ids: Collection[str]) -> dict[str, int]:
    """How many notes users have written of each of these calls, which the asker has found. One statement."""
    # wall: of calls that the asker may see
    notes = ContactNote.objects.filter(call_id__in=call_ids).exclude(type=NoteType.AI_SUMMARY)
    return dict(notes.order_by().values_list("call_id").annotate(count=Count("pk")))


def open_reminders(user: User) -> QuerySet[Reminder]:
    """The user's own that are still to come, the soonest first."""
    reminders = Reminder.objects.of_organization(user.home_id).filter(user=user, fired_at=None)
    return reminders.order_by("reminder_date", "pk")


def reminders_of(*, user: User, contact_ids: Collection[str] | None) -> list[Reminder]:
    """The user's own that are still to come, of these contacts or of all, the soonest first. One statement."""
    reminders = open_reminders(user)
    if contact_ids is not None:
        reminders = reminders.filter(contact_id__in=contact_ids)
    return list(reminders[:_MOST_REMINDERS])


def open_reminders_of_contact(*, organization_id: str, contact_id: str) -> int:
    """How many reminders of whichever user are still to come about a contact. One statement."""
    return Reminder.objects.of_organization(organization_id).filter(contact_id=contact_id, fired_at=None).count()
