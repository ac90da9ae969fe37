"""Reads of the Do Not Call list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Value, When

from contacts.models import DoNotCallNumber
from tether_calls.accounts.sight import of_calls_seen
from tether_calls.common.phone import spellings
from tether_calls.common.sight import Sight

_EXPORTED_AT_ONCE = 2_000


def do_not_call_entry(*, organization_id: str, phone_number: str) -> DoNotCallNumber | None:
    """What is known of why the number must not be dialled. One statement."""
    return entries_for(organization_id, phone_number).first()


def do_not_call_rows(*, organization_id: str, sight: Sight | None) -> Iterator[tuple[str, str, str]]:
    """Number, reason and source of all entries, by number; read in pieces, so that a long list needs no memory."""
    entries = told_to(sight, DoNotCallNumber.objects.of_organization(organization_id).order_by("phone_number"))
    return entries.values_list("phone_number", "told_reason", "source").iterator(chunk_size=_EXPORTED_AT_ONCE)


def told_to(sight: Sight | None, entries: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """The entries with `told_reason` and `told_call_id`: of one of a call that is not seen, neither.

    Everybody may know that a number is not to be called; its reason quotes what was said in the call.
    """
    reason: Any = F("reason")
    call_id: Any = F("call_id")
    if sight is not None:
        seen = of_calls_seen(sight)
        reason = Case(When(seen, then=reason), default=Value(""))
        call_id = Case(When(seen, then=call_id), default=Value(None))
    told: QuerySet[Any, Any] = entries.annotate(told_reason=reason, told_call_id=call_id)
    return told


def entries_for(organization_id: str | OuterRef, phone_number: str) -> QuerySet[DoNotCallNumber]:
    """The entries of a number, in any spelling: an entry has that of the numbering plan when it was made."""
    entries = DoNotCallNumber.objects.of_organization(organization_id)
    return entries.filter(phone_number__in=spellings(phone_number))
