"""Hours of a day on some weekdays, by what the clock on the wall shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ALL_DAYS: Final = 0b1111111
WORKING_DAYS: Final = 0b0011111

LOOKED_AHEAD_DAYS: Final = 10
_QUARTERS: Final = LOOKED_AHEAD_DAYS * 24 * 4


@dataclass(frozen=True)
class WeeklyHours:
    """From `start` to before `end` on `weekdays` (bit 0 is Monday) on which they begin.

    An end that is not after the start is on the day after; the same time is 24 hours.
    """

    start: time
    end: time
    weekdays: int

    def include(self, local: datetime) -> bool:
        """By what the clock shows: an hour that comes twice is within twice, one that is left out never."""
        now, today = local.time(), local.date()
        if self.start < self.end:
            return self.start <= now < self.end and self._begin_on(today.weekday())
        if now >= self.start:
            return self._begin_on(today.weekday())
        return now < self.end and self._begin_on((today - timedelta(days=1)).weekday())

    def _begin_on(self, weekday: int) -> bool:
        return bool(self.weekdays >> weekday & 1)


def first_permitted(
    *, after: datetime, zones: Sequence[ZoneInfo], starts: Collection[time], permits: Callable[[datetime], bool]
) -> datetime | None:
    """`after` where it is permitted, else the first minute from then on that is; None: there is none within ten days.

    Hours begin where a clock shows one of their `starts`, or where one is set forward past it or to before their end.
    Clocks are set at a full quarter of an hour, so no other minutes are looked at. Ten days: a week after which all
    comes again, the days on which clocks are set, and the holidays in it.
    """
    if permits(after):
        return after
    quarter = after.replace(minute=after.minute // 15 * 15, second=0, microsecond=0)
    looked_at = {quarter + timedelta(minutes=15 * number) for number in range(1, _QUARTERS)}
    for zone in zones:
        today = after.astimezone(zone).date()
        for days in range(-1, LOOKED_AHEAD_DAYS + 1):
            for start in starts:
                begins = datetime.combine(today + timedelta(days=days), start)
                looked_at |= {begins.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return next((at for at in sorted(looked_at) if at > after and permits(at)), None)
