"""Which calls a search finds, newest first, and how many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from calls.models import Call
from calls.selectors.history import COUNT_CAP, HistoryFilter, Position, matching
from calls.selectors.search.looking import Asked, by_index, look
from tether_calls.common.search.periods import Period, periods_back
from tether_calls.common.search.query import Search

# What the index of words does not tell (phrases, roles, other filters) is looked up call by call. After so many the
# page ends, and the next one goes on from there.
MOST_LOOKED_AT = 10_000
# Of a contact or number with no more calls than this all are looked through, whatever the words are; and so many calls
# make the first period.
FEW_CALLS = 2_000
# How much further back than the one before a period goes: less where each call has to be looked at.
_GROWTH, _SLOW_GROWTH = 16, 2
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_ID = "0" * 24
# The first and the last call.
_ENDS = 2


@dataclass(frozen=True, kw_only=True)
class SearchWanted:
    """What to look for; `role`: in what one side said. The filter's `q` is another question, and not asked here."""

    search: Search
    role: str | None = None
    filter: HistoryFilter = field(default_factory=HistoryFilter)


@dataclass(frozen=True)
class FoundCalls:
    """Ids, newest first. `is_capped`: there may be more than `total`. `next_position`: where to go on, if at all."""

    ids: list[str]
    next_position: Position | None
    total: int
    is_capped: bool


def find_calls(
    *, organization_id: str | None, wanted: SearchWanted, limit: int, after: Position | None = None
) -> FoundCalls:
    """A page of calls; with `after` the total is not counted, and 0. No organization: all, for the platform's staff.

    One statement for each period that is looked at; on PostgreSQL two more, and a transaction; and one where a contact
    or number is given.
    """
    asked = _asked(organization_id, wanted)
    with by_index():
        return _find(asked, _periods(asked, wanted.filter, after), limit=limit, after=after)


def _find(asked: Asked, periods: Iterable[Period], *, limit: int, after: Position | None) -> FoundCalls:
    found: list[tuple[str, datetime]] = []
    total = looked_at = 0
    reached: datetime | None = None
    for period in periods:
        is_full = len(found) > limit
        is_counted = after is not None or total > COUNT_CAP
        if (is_full and is_counted) or looked_at >= MOST_LOOKED_AT:
            break
        seen = look(
            asked,
            period,
            after=after,
            limit=0 if is_full else limit + 1 - len(found),
            most=COUNT_CAP + 1 - total if is_full else None,
        )
        found += seen.calls
        total += seen.found
        looked_at += 0 if asked.is_exact else seen.seen
        reached = period.begin
    else:
        reached = None
    return FoundCalls(
        ids=[call_id for call_id, _ in found[:limit]],
        next_position=_next(found, limit, reached),
        total=0 if after is not None else min(total, COUNT_CAP),
        is_capped=total > COUNT_CAP or reached is not None,
    )


def _next(found: list[tuple[str, datetime]], limit: int, reached: datetime | None) -> Position | None:
    if len(found) > limit:
        call_id, start_time = found[limit - 1]
        return Position(start_time, call_id)
    return None if reached is None else Position(reached, _LEAST_ID)


def _asked(organization_id: str | None, wanted: SearchWanted) -> Asked:
    # Periods are looked at by their labels.
    beside = replace(wanted.filter, q=None, start_date=None, end_date=None)
    asked = Asked(organization_id=organization_id, search=wanted.search, role=wanted.role)
    if organization_id is None or beside == HistoryFilter():
        return asked
    calls = matching(organization_id, beside)
    few_of = (beside.contact_id, beside.from_number, beside.to_number, beside.tag, beside.disposition, beside.seen_by)
    are_few = any(few_of) and calls.order_by()[: FEW_CALLS + 1].count() <= FEW_CALLS
    return replace(asked, calls=calls, are_few=are_few)


def _periods(asked: Asked, within: HistoryFilter, after: Position | None) -> Iterable[Period]:
    """What to look at, one after the other; all at once where that is little, or where the index knows no periods."""
    newest = timezone.now() + timedelta(days=2)
    if within.end_date is not None:
        # Before the beginning of the calendar there is nothing.
        newest = min(newest, max(within.end_date, _EVER) - timedelta(microseconds=1))
    if after is not None:
        newest = min(newest, after.start_time)
    oldest = within.start_date or _EVER
    if asked.are_few or connection.vendor != "postgresql":
        return (Period(oldest, newest + timedelta(microseconds=1), ()),) if newest >= oldest else ()
    if asked.organization_id is None:
        # wall: of all organizations, for staff of the platform
        some = Call.objects.order_by("-pk").values_list("start_time", flat=True)[FEW_CALLS : FEW_CALLS + 1].first()
    else:
        marks = _marks(asked.organization_id, newest)
        if not marks:
            return ()
        oldest, newest = max(oldest, marks[0]), marks[-1]
        some = marks[1] if len(marks) > _ENDS else None
    first = newest - (oldest if some is None else some)
    return periods_back(newest=newest, oldest=oldest, first=first, growth=_GROWTH if asked.is_exact else _SLOW_GROWTH)


def _marks(organization_id: str, newest: datetime) -> list[datetime]:
    """When its first call was; where there are more than a few, when the last few began; when its last one was."""
    calls = Call.objects.of_organization(organization_id).filter(start_time__lte=newest).values_list("start_time")
    first, last = calls.order_by("start_time")[:1], calls.order_by("-start_time")
    return sorted(moment for (moment,) in first.union(last[FEW_CALLS : FEW_CALLS + 1], last[:1], all=True))
