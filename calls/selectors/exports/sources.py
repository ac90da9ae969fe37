"""The rows of an export, page by page: newest first, in an order that no change of a row changes.

So a row is met once, whatever happens between two pages, and reading goes on after any row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import msgspec
from django.db.models import QuerySet

from calls.models import ExportKind
from calls.selectors.call_rows import with_people
from calls.selectors.exports.columns import OF_CALLS, OF_CONTACTS, OF_DO_NOT_CALL, OF_WALLET, Columns
from calls.selectors.history import HistoryFilter, matching
from calls.selectors.staff_list import StaffFilter, staff_calls
from contacts.models import DoNotCallNumber
from contacts.selectors.contacts import contacts_matching
from contacts.selectors.do_not_call import told_to
from tether_calls.accounts.models import WalletEntry
from tether_calls.accounts.sight import of_contacts_seen
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.sight import Sight

# Rows in memory at a time; transcripts may be long.
PAGE = 1_000
PAGE_WITH_TRANSCRIPT = 50


@dataclass(frozen=True, kw_only=True)
class PeriodFilter:
    """By when rows were made: the first moment included, the last not."""

    start_date: datetime | None = None
    end_date: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ContactsFilter(PeriodFilter):
    """As the list of contacts has it."""

    search: str | None = None
    source: str | None = None


ExportFilter: TypeAlias = HistoryFilter | ContactsFilter | PeriodFilter
Rows: TypeAlias = "QuerySet[Any, Any]"


@dataclass(frozen=True)
class Source:
    """Where the rows of one kind come from; `key` is the column that they are read by, downwards."""

    filter_type: type[ExportFilter]
    columns: Columns
    # Of an organization, by a filter of the type above.
    find: Callable[[str, Any], Rows]
    key: str = "pk"
    read: Callable[[Rows, bool], list[Any]] = lambda rows, _with_transcript: list(rows)
    key_of: Callable[[Any], str | int] = lambda row: row.pk


def _calls(organization_id: str, wanted: StaffFilter) -> Rows:
    if wanted.q is not None:
        # Of the API, which finds otherwise than the box of the admin does.
        return matching(organization_id, wanted)
    return staff_calls(organization_id, wanted)


def _contacts(organization_id: str, wanted: ContactsFilter) -> Rows:
    contacts = contacts_matching(organization_id=organization_id, text=wanted.search or "")
    return _made_in(contacts.filter(source=wanted.source) if wanted.source else contacts, wanted)


def _do_not_call(organization_id: str, wanted: PeriodFilter) -> Rows:
    return _made_in(DoNotCallNumber.objects.of_organization(organization_id).select_related("added_by"), wanted)


def _wallet(organization_id: str, wanted: PeriodFilter) -> Rows:
    entries = WalletEntry.objects.of_organization(organization_id).select_related("wallet", "made_by")
    return _made_in(entries, wanted)


def _made_in(rows: Rows, wanted: PeriodFilter) -> Rows:
    if wanted.start_date is not None:
        rows = rows.filter(created_at__gte=wanted.start_date)
    return rows.filter(created_at__lt=wanted.end_date) if wanted.end_date is not None else rows


SOURCES: dict[str, Source] = {
    ExportKind.CALLS: Source(
        # All that history can be asked for, and what staff ask besides.
        StaffFilter,
        OF_CALLS,
        _calls,
        read=lambda rows, with_transcript: with_people(rows, with_transcript=with_transcript),
        key_of=lambda facts: facts.id,
    ),
    ExportKind.CONTACTS: Source(ContactsFilter, OF_CONTACTS, _contacts),
    ExportKind.DO_NOT_CALL: Source(PeriodFilter, OF_DO_NOT_CALL, _do_not_call),
    ExportKind.WALLET: Source(PeriodFilter, OF_WALLET, _wallet, key="number", key_of=lambda entry: entry.number),
}


def stored_filter(wanted: ExportFilter) -> dict[str, Any]:
    """As the row of an export keeps it."""
    values: dict[str, Any] = msgspec.to_builtins(wanted)
    return {name: value for name, value in values.items() if value not in (None, [], ())}


def rows_of(*, organization_id: str, kind: str, stored: dict[str, Any], sight: Sight | None) -> Rows:
    """The rows that a stored filter lets through, in no order; a search of calls costs a statement of its own.

    `sight`: of calls and contacts, what whoever asked for them sees; of numbers that are not to be called all, but not
    why, where that was said in a call which they do not see.
    """
    source = SOURCES[kind]
    wanted = msgspec.convert(stored, source.filter_type)
    if isinstance(wanted, HistoryFilter):
        wanted = replace(wanted, seen_by=sight)
    rows = source.find(organization_id, wanted)
    if kind == ExportKind.DO_NOT_CALL:
        rows = told_to(sight, rows)
    return rows.filter(of_contacts_seen(sight)) if isinstance(wanted, ContactsFilter) else rows


@may_read_replica
def count(rows: Rows, *, most: int) -> int:
    """How many rows there are, counted no further than one beyond `most`. One statement."""
    return rows.order_by()[: most + 1].count()


@may_read_replica
def _read(source: Source, rows: Rows, with_transcript: bool) -> list[Any]:
    return source.read(rows, with_transcript)


def pages(kind: str, rows: Rows, *, after: str | int | None, with_transcript: bool) -> Iterator[list[Any]]:
    """Yield page by page, one statement each, what comes after the row with the key `after`; at last a short one."""
    source = SOURCES[kind]
    size = PAGE_WITH_TRANSCRIPT if with_transcript else PAGE
    ordered = rows.order_by(f"-{source.key}")
    while True:
        following = ordered if after is None else ordered.filter(**{f"{source.key}__lt": after})
        page = _read(source, following[:size], with_transcript)
        yield page
        if len(page) < size:
            return
        after = source.key_of(page[-1])
