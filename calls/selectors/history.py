"""History: which calls, in which order, how many, and where the next page begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db import connection
from django.db.models import Q, QuerySet, Value

from calls.documents.call import CallDocument, call_document
from calls.models import Call, CallDirection, Recording
from calls.selectors.call_rows import with_people
from contacts.selectors import contacts_matching
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import hidden_spellings, is_hidden, numbers_to_find, spellings
from tether_calls.common.sqlite.expressions import HasWords

# Free text may match any number of calls; counting them all would take seconds, for a figure of no use.
SEARCH_COUNT_CAP = 10_000
# More contacts than this behind one word of a search: then the word is no help.
SEARCH_CONTACTS = 500


@dataclass(frozen=True, kw_only=True)
class HistoryFilter:
    """What to look for; None: everything. Dates are on the start of the call, the first included, the last not.

    `from_number` may stand for hidden callers.
    """

    contact_id: str | None = None
    user_id: str | None = None
    status: str | None = None
    direction: str | None = None
    provider: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    q: str | None = None


@dataclass(frozen=True)
class Position:
    """Where in the order a page ended."""

    start_time: datetime
    call_id: str


@dataclass(frozen=True)
class Page:
    calls: list[CallDocument]
    next_position: Position | None


_COLUMNS = {"start_date": "start_time__gte", "end_date": "start_time__lt"}
_NUMBERS = ("from_number", "to_number")


def matching(organization_id: str, wanted: HistoryFilter) -> QuerySet[Call]:
    """The calls of an organization that a filter lets through, in no order; `q` costs a statement of its own."""
    conditions = {
        _COLUMNS.get(field.name, field.name): value
        for field in fields(wanted)
        if field.name not in ("q", *_NUMBERS) and (value := getattr(wanted, field.name)) is not None
    }
    calls = Call.objects.of_organization(organization_id).filter(**conditions)
    for column in _NUMBERS:
        if (number := getattr(wanted, column)) is not None:
            calls = calls.filter(_with_number(column, number))
    return calls.filter(_found_by(organization_id, wanted.q)) if wanted.q else calls


def history(
    *,
    organization_id: str,
    wanted: HistoryFilter,
    limit: int,
    offset: int = 0,
    after: Position | None = None,
    with_transcript: bool = False,
) -> Page:
    """One page, newest first. Two statements: the calls with contact and user, and their recordings."""
    calls = matching(organization_id, wanted)
    if after is not None:
        # In this form the index is entered at the right place; the plain OR reads all that came before.
        calls = calls.filter(
            Q(start_time__lt=after.start_time) | Q(pk__lt=after.call_id), start_time__lte=after.start_time
        )
    page = calls.order_by("-start_time", "-id")[offset : offset + limit + 1]
    found = with_people(page, with_transcript=with_transcript)
    rows = found[:limit]
    recordings = recordings_of([facts.id for facts in rows])
    documents = [call_document(facts, recordings=recordings.get(facts.id, ())) for facts in rows]
    has_more = len(found) > limit
    return Page(documents, Position(rows[-1].start_time, rows[-1].id) if has_more else None)


def count(*, organization_id: str, wanted: HistoryFilter) -> tuple[int, bool]:
    """How many calls match, and whether counting stopped at SEARCH_COUNT_CAP (it does for free text only)."""
    calls = matching(organization_id, wanted)
    if not wanted.q:
        return calls.count(), False
    found = calls.order_by()[: SEARCH_COUNT_CAP + 1].count()
    return min(found, SEARCH_COUNT_CAP), found > SEARCH_COUNT_CAP


def recordings_of(call_ids: Sequence[str]) -> dict[str, list[Recording]]:
    """The recordings of several calls, by call. One statement."""
    found: dict[str, list[Recording]] = defaultdict(list)
    # wall: the calls were found in their organization, and these are theirs
    recordings = Recording.objects.filter(call_id__in=call_ids).order_by("id")
    for recording in recordings if call_ids else ():
        found[recording.call_id].append(recording)
    return found


def call_detail(*, organization_id: str, call_id: str) -> CallDocument:
    """One call with its transcript. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).filter(pk=call_id)
    found = with_people(calls, with_transcript=True)
    if not found:
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    return call_document(found[0], recordings=recordings_of([call_id]).get(call_id, ()))


def _found_by(organization_id: str, text: str) -> Q:
    """A number in full, part of a contact's name or number, or words of the summary."""
    contacts = contacts_matching(organization_id=organization_id, text=text)[:SEARCH_CONTACTS]
    found = Q(contact_id__in=list(contacts.values_list("pk", flat=True)))
    if numbers := numbers_to_find(text):
        found |= Q(from_number__in=numbers) | Q(to_number__in=numbers)
    if is_hidden(text):
        found |= _with_number("from_number", text)
    return found | summary_matches(text)


def _with_number(column: str, number: str) -> Q:
    """From or to a number, in whatever spelling it was told; from hidden callers, whatever was told in its place."""
    if is_hidden(number):
        # Providers that show no number tell nothing.
        return Q(**{f"{column}__in": ("", number, *hidden_spellings())}, direction=CallDirection.INBOUND)
    return Q(**{f"{column}__in": spellings(number)})


def summary_matches(text: str) -> Q:
    """Calls whose summary has all the words, whole, in any order; no sign of a search is an operator.

    On PostgreSQL by an index on exactly this expression (migration 0002); SQLite is taught the same words.
    """
    if connection.vendor != "postgresql":
        return Q(HasWords("ai_summary", Value(text)))
    words = SearchQuery(text, config="simple", search_type="plain")
    return Q(SearchVectorExact(SearchVector("ai_summary", config="simple"), words))
