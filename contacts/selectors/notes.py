"""Reads of notes of contacts and of calls."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Window
from django.db.models.functions import RowNumber

from contacts.models import Contact, ContactNote, NoteType
from tether_calls.accounts.sight import of_calls_seen, of_contacts_seen
from tether_calls.common.sight import Sight

_NOTES_SEARCHED = 200


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
