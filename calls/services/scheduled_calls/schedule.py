"""When a call is to be made, as it is asked for: read by the clock of its zone, and within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from calls.models.scheduled_call import MOST_ATTEMPTS, RetryOn
from tether_calls.common.errors import Detail
from tether_calls.common.times import UnclearMoment, moment_by_clock, zone_named

# A request that comes a moment late is not one of the past.
LATE: Final = timedelta(minutes=1)
# How far ahead calls are planned.
FARTHEST: Final = timedelta(days=5 * 366)
LONGEST_DELAY: Final = 7 * 24 * 60
USUAL_DELAY: Final = 15
USUAL_REASONS: Final = (RetryOn.NO_ANSWER.value, RetryOn.BUSY.value)
MOST_DELAYS: Final = MOST_ATTEMPTS - 1


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often a call is made at most, after how many minutes again, and what for."""

    max_attempts: int = 1
    delays_minutes: Sequence[int] = (USUAL_DELAY,)
    on: Sequence[str] = USUAL_REASONS


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """From when a call may be made, until when (None: whenever), and in which zone that was said."""

    not_before: datetime
    not_after: datetime | None = None
    time_zone: str = ""
    retry: Retry = Retry()


@dataclass(frozen=True, kw_only=True)
class AskedTimes:
    """The times of a schedule as a client has written them, with the names that its API has for them."""

    not_before: str | None
    not_after: str | None
    time_zone: str | None
    names: tuple[str, str, str] = ("notBefore", "notAfter", "timeZone")

    def faults(self) -> Iterator[Detail]:
        """What is wrong with them, at this moment."""
        zone_fault = self._zone_fault()
        if zone_fault is not None:
            yield zone_fault
            return
        read: list[datetime | None] = []
        for name, text in zip(self.names, (self.not_before, self.not_after), strict=False):
            try:
                read.append(None if text is None else moment_by_clock(text, self._zone))
            except UnclearMoment as error:
                yield Detail(name, str(error))
                read.append(None)
        yield from self._out_of_bounds(*read)

    def _out_of_bounds(self, not_before: datetime | None, not_after: datetime | None) -> Iterator[Detail]:
        now = timezone.now()
        begins, ends, _ = self.names
        if not_before is not None and not_before < now - LATE:
            yield Detail(begins, "Is in the past")
        if not_before is not None and not_before > now + FARTHEST:
            yield Detail(begins, "Is more than five years ahead")
        if not_after is not None and not_after <= now:
            yield Detail(ends, "Is in the past")
        elif not_after is not None and not_before is not None and not_after <= not_before:
            yield Detail(ends, f"Is not after {begins}")

    def read_not_before(self) -> datetime:
        """Of times without faults."""
        return moment_by_clock(self.not_before or "", self._zone)

    def read_not_after(self) -> datetime | None:
        """Of times without faults."""
        return None if self.not_after is None else moment_by_clock(self.not_after, self._zone)

    @property
    def _zone(self) -> ZoneInfo | None:
        return None if self.time_zone is None else zone_named(self.time_zone)

    def _zone_fault(self) -> Detail | None:
        if self.time_zone is not None and self._zone is None:
            return Detail(self.names[2], "Not a time zone, such as America/Toronto")
        return None
