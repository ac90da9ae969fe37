from __future__ import annotations

from datetime import datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models

from tether_calls.accounts.models.organization import Organization
from tether_calls.accounts.models.organization import known_time_zone as known_time_zone
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.phone import possible_zones
from tether_calls.common.times import zone_named
from tether_calls.common.weekly_hours import ALL_DAYS, WeeklyHours, first_permitted
from tether_calls.trails.models import Audited, AuditedQuerySet


class CallingHours(Audited, ObjectIdModel):
    """When an organization may call people, by the clock on their wall; one without this may at any time."""

    organization = models.OneToOneField(Organization, on_delete=models.CASCADE, related_name="calling_hours")
    start = models.TimeField(default=time(9), help_text="Where the person called is.")
    end = models.TimeField(
        default=time(20), help_text="Not after the start: on the day after. The same as the start: for 24 hours."
    )
    # Bit 0 is Monday.
    weekdays = models.PositiveSmallIntegerField(default=ALL_DAYS, help_text="The days on which the hours begin.")
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[known_time_zone],
        help_text="For numbers that belong to no place; empty: these are not called. Such as America/Toronto.",
    )

    objects: ClassVar[AuditedQuerySet[CallingHours]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "calling hours"
        verbose_name_plural = "calling hours"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(weekdays__gte=1, weekdays__lte=ALL_DAYS), name="calling_hours_have_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.start:%H:%M} to {self.end:%H:%M}"

    def permit(self, *, phone_number: str, at: datetime) -> bool:
        """Whether it is within the hours wherever the number (E.164) may ring; `at` has a time zone."""
        return self._include(at, self._zones(phone_number))

    def next_permitted(self, *, phone_number: str, after: datetime) -> datetime | None:
        """`after` where it is within the hours, else the first minute from then on that is; None: there is none."""
        zones = self._zones(phone_number)
        if not zones:
            return None
        return first_permitted(
            after=after, zones=zones, starts=(self.start,), permits=lambda at: self._include(at, zones)
        )

    def _zones(self, phone_number: str) -> tuple[ZoneInfo, ...]:
        """Where the number may ring; of one that belongs to no place, what is set for these."""
        own = zone_named(self.time_zone) if self.time_zone else None
        return possible_zones(phone_number) or (() if own is None else (own,))

    def _include(self, at: datetime, zones: tuple[ZoneInfo, ...]) -> bool:
        hours = WeeklyHours(self.start, self.end, self.weekdays)
        return bool(zones) and all(hours.include(at.astimezone(zone)) for zone in zones)
