"""History: which calls, in which order, how many, and where the next page begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from calls.documents.call import CallDocument, call_document
from calls.models import Call, Recording
from calls.models.rollup import DIMENSIONS
from calls.selectors.call_rows import with_people
from calls.selectors.counting.far_pages import page_of_calls
from calls.selectors.counting.sources import Question
from calls.selectors.counting.tally import tally
from calls.selectors.finding import COMMON, Found, among_newest, find, find_by_index, with_number
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.sight import Sight

# Counting calls one by one takes seconds where there are many, for a figure of no use.
COUNT_CAP = 10_000


@dataclass(frozen=True, kw_only=True)
class HistoryFilter:
    """What to look for; None: everything. Dates are on the start of the call, the first included, the last not.

    `from_number` may stand for hidden callers. `seen_by`: whose calls they are, of who does not see all.
    """

    contact_id: str | None = None
    user_id: str | None = None
    status: str | None = None
    direction: str | None = None
    provider: str | None = None
    end_reason: str | None = None
    answered_by: str | None = None
    tag: str | None = None
    disposition: str | None = None
    is_starred: bool | None = None
    opt_out: bool | None = None
    from_number: str | None = None
    to_number: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    q: str | None = None
    seen_by: Sight | None = None


@dataclass(frozen=True)
class Position:
    """Where in the order a page ended."""

    start_time: datetime
    call_id: str


@dataclass(frozen=True)
class Page:
    """`total`: how many calls match, where it was asked for; `is_capped`: counting stopped at COUNT_CAP."""

    calls: list[CallDocument]
    next_position: Position | None
    total: int = 0
    is_capped: bool = False


_COLUMNS = {"start_date": "gte", "end_date": "lt"}
# The start of a call as its tag's row has it.
TAGGED_START = "tag_rows__start_time"
_NUMBERS = ("from_number", "to_number")


def matching(organization_id: str, wanted: HistoryFilter) -> QuerySet[Call]:
    """The calls of an organization that a filter lets through, in no order.

    `q` costs a statement of its own, and on PostgreSQL two.
    """
    return _matching(organization_id, wanted, find_by_index(organization_id, wanted.q))


def _matching(
    organization_id: str, wanted: HistoryFilter, found: Q, *, after: Position | None = None
) -> QuerySet[Call]:
    """As `matching`, after the end of a page; `found` is what `find` tells of `q`.

    A caller whom an agent handed over is one row: the agent's call, which names the other one.
    """
    calls = Call.objects.of_organization(organization_id).filter(transferred_from=None)
    return narrowed(calls, wanted, found, after=after)


def narrowed(
    calls: QuerySet[Call], wanted: HistoryFilter, found: Q | None = None, *, after: Position | None = None
) -> QuerySet[Call]:
    """Those of the calls that a filter lets through, but for its `q`, which is `found`."""
    apart = ("q", "tag", "opt_out", "seen_by", *_COLUMNS, *_NUMBERS)
    conditions = {
        item.name: value
        for item in fields(HistoryFilter)
        if item.name not in apart and (value := getattr(wanted, item.name)) is not None
    }
    if wanted.opt_out is not None:
        conditions["opted_out_at__isnull"] = not wanted.opt_out
    calls = calls.filter(**conditions)
    for column in _NUMBERS:
        if (number := getattr(wanted, column)) is not None:
            calls = calls.filter(with_number(column, number))
    if wanted.seen_by is not None:
        calls = calls.filter(wanted.seen_by.of_calls())
    return calls.filter(Q() if found is None else found).filter(_within(wanted, after))


def _within(wanted: HistoryFilter, after: Position | None) -> Q:
    """The period, and the tag: its rows have the start of their calls, so that its index has them in their order.

    All that is asked of a tag's row is in one filter, else each would be a row of its own.
    """
    start = start_of(wanted)
    bounds = {f"{start}__{bound}": getattr(wanted, name) for name, bound in _COLUMNS.items()}
    within = Q(**{name: moment for name, moment in bounds.items() if moment is not None})
    if wanted.tag is not None:
        within &= Q(tag_rows__tag_id=wanted.tag)
    if after is not None:
        # In this form the index is entered at the right place; the plain OR reads all that came before.
        earlier = Q(**{f"{start}__lt": after.start_time}) | Q(pk__lt=after.call_id)
        within &= Q(**{f"{start}__lte": after.start_time}) & earlier
    return within


def history(
    *,
    organization_id: str,
    zone: ZoneInfo,
    wanted: HistoryFilter,
    limit: int,
    offset: int = 0,
    after: Position | None = None,
    with_transcript: bool = False,
    is_counted: bool = False,
) -> Page:
    """One page, newest first. Two statements: the calls with contact and user, and their recordings.

    One more far from the beginning: on which day, of the organization's `zone`, the page begins. Where it `is_counted`,
    one for the total. For `q` one more, and on PostgreSQL three or four.
    """
    found_by = find(organization_id, wanted.q)
    asked = question_of(organization_id, zone, wanted)
    total, is_capped = _count(organization_id, asked, wanted, found_by) if is_counted else (0, False)
    calls = _matching(organization_id, wanted, found_by.in_turn, after=after)
    page = page_of_calls(
        calls,
        organization_id=organization_id,
        asked=asked if after is None else None,
        offset=offset,
        limit=limit + 1,
        start=start_of(wanted),
    )
    found = with_people(page, with_transcript=with_transcript)
    rows = found[:limit]
    recordings = recordings_of([facts.id for facts in rows])
    documents = [call_document(facts, recordings=recordings.get(facts.id, ())) for facts in rows]
    has_more = len(found) > limit
    return Page(documents, Position(rows[-1].start_time, rows[-1].id) if has_more else None, total, is_capped)


def _count(organization_id: str, asked: Question | None, wanted: HistoryFilter, found_by: Found) -> tuple[int, bool]:
    """How many calls match, and whether counting stopped at COUNT_CAP: it does where it is calls that are counted.

    `asked` is what the filter means to the counts. One statement, as of `tally`; or two, of a common search.
    """
    if asked is not None:
        return sum(numbers.calls for numbers in tally(asked).values()), False
    if found_by.is_common:
        calls = _matching(organization_id, wanted, found_by.in_turn)
        newest = among_newest(organization_id, calls, COMMON * COUNT_CAP, before=wanted.end_date)
        if newest[: COUNT_CAP + 1].count() > COUNT_CAP:
            return COUNT_CAP, True
    return count_to_cap(_matching(organization_id, wanted, found_by.by_index))


def count_to_cap(calls: QuerySet[Call]) -> tuple[int, bool]:
    """How many calls there are, and whether counting stopped at COUNT_CAP. One statement."""
    found = calls.order_by()[: COUNT_CAP + 1].count()
    return min(found, COUNT_CAP), found > COUNT_CAP


def question_of(organization_id: str, zone: ZoneInfo, wanted: HistoryFilter) -> Question | None:
    """What the filter means to the counts; None where they do not know it."""
    conditions = {
        item.name: value
        for item in fields(wanted)
        if item.name not in (*_COLUMNS, "seen_by") and (value := getattr(wanted, item.name)) is not None
    }
    if not set(conditions) <= set(DIMENSIONS):
        return None
    return Question(
        organization_id=organization_id,
        zone=zone,
        begin=wanted.start_date,
        end=wanted.end_date,
        conditions=conditions,
        seen_by=wanted.seen_by,
    )


def recordings_of(call_ids: Sequence[str]) -> dict[str, list[Recording]]:
    """The recordings of several calls, by call. One statement."""
    found: dict[str, list[Recording]] = defaultdict(list)
    # wall: the calls were found in their organization, and these are theirs
    recordings = Recording.objects.filter(call_id__in=call_ids).order_by("id")
    for recording in recordings if call_ids else ():
        found[recording.call_id].append(recording)
    return found


def recordings_of_locked(call: Call) -> list[Recording]:
    """The recordings of a call that is being changed. One statement, of those that are built once."""
    return _OF_CALL.instances(call_id=call.pk)


# wall: of a call that was found in its organization
_OF_CALL: Final = CompiledQuery(lambda call_id: Recording.objects.filter(call_id=call_id).order_by("id"), "call_id")


def call_detail(*, organization_id: str, call_id: str, sight: Sight | None) -> CallDocument:
    """One call with its transcript. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).seen_by(sight).filter(pk=call_id)
    found = with_people(calls, with_transcript=True)
    if not found:
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    return call_document(found[0], recordings=recordings_of([call_id]).get(call_id, ()))


def start_of(wanted: HistoryFilter) -> str:
    """The column that an index has the calls in the order of."""
    return "start_time" if wanted.tag is None else TAGGED_START
