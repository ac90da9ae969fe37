"""Reads of the Do Not Call list."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import OuterRef, QuerySet

from contacts.models import DoNotCallNumber
from tether_calls.common.phone import spellings

_EXPORTED_AT_ONCE = 2_000


def do_not_call_entry(*, organization_id: str, phone_number: str) -> DoNotCallNumber | None:
    """What is known of why the number must not be dialled. One statement."""
    return entries_for(organization_id, phone_number).first()


def do_not_call_rows(*, organization_id: str) -> Iterator[tuple[str, str]]:
    """Number and reason of all entries, by number; read in pieces, so that a long list needs no memory."""
    entries = DoNotCallNumber.objects.of_organization(organization_id).order_by("phone_number")
    return entries.values_list("phone_number", "reason").iterator(chunk_size=_EXPORTED_AT_ONCE)


def entries_for(organization_id: str | OuterRef, phone_number: str) -> QuerySet[DoNotCallNumber]:
    """The entries of a number, in any spelling: an entry has that of the numbering plan when it was made."""
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    return entries.filter(phone_number__in=spellings(phone_number))
