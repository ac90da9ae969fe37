"""Public holidays of states and provinces, as far as rules may look."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import holidays

from tether_calls.common.weekly_hours import LOOKED_AHEAD_DAYS

# Where a clock is ahead of ours or behind it, it is another day there.
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=LOOKED_AHEAD_DAYS + 2)


def holidays_near(region: str, at: datetime, *, ahead: timedelta = timedelta(0)) -> tuple[date, ...]:
    """Those of a region (ISO 3166-2) on the days that the rules may ask for from `at` on, and `ahead` of it."""
    first, last = (at - _BEFORE).date(), (at + ahead + _AFTER).date()
    days = {day for year in range(first.year, last.year + 1) for day in _of_year(region, year)}
    return tuple(sorted(day for day in days if first <= day <= last))


@cache
def _of_year(region: str, year: int) -> frozenset[date]:
    country, _, subdivision = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
