"""When an organization may call people; set by superusers, asked before every dial."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from tether_calls.accounts.models import CallingHours


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From `start` to before `end` by the wall clock of whom is called, on `days` (0 is Monday) on which they begin.

    `time_zone` (IANA) is for numbers that belong to no place; empty: those are not called.
    """

    start: time
    end: time
    days: Collection[int]
    time_zone: str = ""


def set_calling_hours(*, organization_id: str, hours: Hours | None) -> None:
    """None: people may be called at any time."""
    if hours is None:
        CallingHours.objects.of_organization(organization_id).delete()
        return
    CallingHours.objects.of_organization(organization_id).update_or_create(
        organization_id=organization_id,
        defaults={
            "start": hours.start,
            "end": hours.end,
            "weekdays": sum(1 << day for day in set(hours.days)),
            "time_zone": hours.time_zone,
        },
    )


def hours_of(calling_hours: CallingHours) -> Hours:
    days = [day for day in range(7) if calling_hours.weekdays >> day & 1]
    return Hours(start=calling_hours.start, end=calling_hours.end, days=days, time_zone=calling_hours.time_zone)
