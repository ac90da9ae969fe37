"""Days of a time zone as periods: where each begins, and which one a moment is in, also where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_DAY = timedelta(days=1)
# A zone is less than a day away from UTC; a moment nearer to the end of time has no day in some zone.
FIRST = datetime.min.replace(tzinfo=UTC) + 2 * _DAY
LAST = datetime.max.replace(tzinfo=UTC) - 2 * _DAY


@lru_cache(4096)
def begin_of_day(day: date, zone: tzinfo) -> datetime:
    """The moment when a day begins, in UTC. Of a day whose midnight the clock leaves out: when it is set forward."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day whose period a moment is in.

    By the periods and not by what the clock shows: where it is set back over midnight, it shows a day twice.
    """
    moment = within_days(moment)
    day = moment.astimezone(zone).date()
    if moment < begin_of_day(day, zone):
        return day - _DAY
    return day if moment < begin_of_day(day + _DAY, zone) else day + _DAY


def within_days(moment: datetime) -> datetime:
    """The moment, or the nearest one that has a day in every zone."""
    return min(max(moment, FIRST), LAST)


def next_month(day: date) -> date | None:
    """The first day of the month after that of `day`; None after the last one that there is."""
    if (day.year, day.month) == (date.max.year, date.max.month):
        return None
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
