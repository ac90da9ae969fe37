"""A period as months and days that are added up already, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from calls.models import Span
from calls.selectors.counting.hours import first_hour_from, hour_of
from tether_calls.common.days import FIRST, LAST, begin_of_day, day_of, next_month

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Whole:
    """Whole days, or months, from the first to before `end`; None: all there are."""

    span: Span
    begin: date | None
    end: date | None


@dataclass(frozen=True)
class Rest:
    """A part of one day, or of one hour."""

    day: date
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Division:
    """`begin` and `end` are those of the whole days, or hours, in which changes since the adding up count."""

    wholes: list[Whole]
    rests: list[Rest]
    begin: datetime | None
    end: datetime | None


def divided(begin: datetime | None, end: datetime | None, zone: tzinfo, *, has_months: bool = True) -> Division:
    """The period's months, if it may have any, days, and at most two parts of days."""
    rests = []
    first: date | None = None
    last: date | None = None
    if begin is not None and begin > FIRST:
        first = day_of(begin, zone)
        if begin_of_day(first, zone) < begin:
            tomorrow = begin_of_day(first + _DAY, zone)
            rests.append(Rest(first, begin, tomorrow if end is None else min(tomorrow, end)))
            first += _DAY
    if end is not None and end < LAST:
        last = day_of(end, zone)
        midnight = begin_of_day(last, zone)
        if midnight < end and (first is None or first <= last):
            rests.append(Rest(last, midnight, end))
    if first is not None and last is not None and first >= last:
        return Division([], rests, None, None)
    return Division(
        _months(first, last) if has_months else [Whole(Span.DAY, first, last)],
        rests,
        None if first is None else begin_of_day(first, zone),
        None if last is None else begin_of_day(last, zone),
    )


def divided_by_hours(begin: datetime | None, end: datetime | None, zone: tzinfo) -> Division:
    """The period's days, of which the first and the last may be there in part, and at most two parts of hours.

    `begin` and `end` of the division are those of the whole hours: of what days have by hours only these count.
    """
    # In UTC: of two hours with one name, in one zone, Python takes the earlier for the later.
    first = None if begin is None or begin <= FIRST else first_hour_from(begin, zone).astimezone(UTC)
    last = None if end is None or end >= LAST else hour_of(end, zone).astimezone(UTC)
    if first is not None and last is not None and begin is not None and end is not None and first > last:
        return Division([], [Rest(day_of(begin, zone), begin, end)] if begin < end else [], None, None)
    rests = []
    if begin is not None and first is not None and begin < first:
        rests.append(Rest(day_of(begin, zone), begin, first))
    if end is not None and last is not None and last < end:
        rests.append(Rest(day_of(last, zone), last, end))
    if first is not None and first == last:
        return Division([], rests, None, None)
    whole = Whole(
        Span.DAY,
        None if first is None else day_of(first, zone),
        None if last is None else day_of(last - timedelta.resolution, zone) + _DAY,
    )
    return Division([whole], rests, first, last)


def _months(first: date | None, last: date | None) -> list[Whole]:
    begin = first if first is None or first.day == 1 else next_month(first)
    end = None if last is None else last.replace(day=1)
    if first is not None and (begin is None or (end is not None and begin >= end)):
        return [Whole(Span.DAY, first, last)]
    wholes = [Whole(Span.MONTH, begin, end)]
    if first != begin:
        wholes.append(Whole(Span.DAY, first, begin))
    if last != end:
        wholes.append(Whole(Span.DAY, end, last))
    return wholes
