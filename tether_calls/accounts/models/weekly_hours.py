"""Hours of a day on some weekdays, by what the clock on the wall shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

ALL_DAYS: Final = 0b1111111
WORKING_DAYS: Final = 0b0011111


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
