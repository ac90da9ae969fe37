from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models

from tether_calls.accounts.models.organization import Organization
from tether_calls.accounts.models.organization import known_time_zone as known_time_zone
from tether_calls.accounts.models.weekly_hours import ALL_DAYS, WeeklyHours
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.phone import possible_zones
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.times import zone_named

# A week, and a day because of the clocks that are set in it.
_DAYS = 8
_QUARTERS = _DAYS * 24 * 4


class CallingHours(ObjectIdModel):
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

    objects: ClassVar[OrganizationQuerySet[CallingHours]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

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
        """`after` where it is within the hours, else the first minute from then on that is; None: there is none.

        Hours begin where a clock shows their start, or where one is set forward past it or back to before their end.
        Clocks are set at a full quarter of an hour, so no other minutes are looked at; after a week all comes again.
        """
        zones = self._zones(phone_number)
        if self._include(after, zones):
            return after
        if not zones:
            return None
        quarter = after.replace(minute=after.minute // 15 * 15, second=0, microsecond=0)
        looked_at = {quarter + timedelta(minutes=15 * number) for number in range(1, _QUARTERS)}
        for zone in zones:
            today = after.astimezone(zone).date()
            for days in range(-1, _DAYS + 1):
                begins = datetime.combine(today + timedelta(days=days), self.start)
                looked_at |= {begins.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
        return next((at for at in sorted(looked_at) if at > after and self._include(at, zones)), None)

    def _zones(self, phone_number: str) -> tuple[ZoneInfo, ...]:
        """Where the number may ring; of one that belongs to no place, what is set for these."""
        own = zone_named(self.time_zone) if self.time_zone else None
        return possible_zones(phone_number) or (() if own is None else (own,))

    def _include(self, at: datetime, zones: tuple[ZoneInfo, ...]) -> bool:
        hours = WeeklyHours(self.start, self.end, self.weekdays)
        return bool(zones) and all(hours.include(at.astimezone(zone)) for zone in zones)
