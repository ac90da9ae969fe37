"""Calls, counted: what has changed, what is added up, and for whom it has to be added up anew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tether_calls.common.object_id import ObjectIdField
from tether_calls.common.querysets import OrganizationQuerySet

# What calls are told apart by, under the names of the call's columns; what a call does not have is empty.
COARSE_DIMENSIONS = ("direction", "provider", "status", "end_reason", "answered_by")
FINE_DIMENSIONS = ("ai_agent_id", "agent_name", "user_id", "provider_phone_number")
DIMENSIONS = (*COARSE_DIMENSIONS, *FINE_DIMENSIONS)


class CountedCalls(models.Model):
    """Calls that have all of these in common, how many they are, how long, and what they cost together.

    By id, without foreign keys: a row is no reason why a user or an agent has to stay.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = ObjectIdField()
    direction = models.CharField(max_length=10)
    provider = models.CharField(max_length=10)
    status = models.CharField(max_length=12)
    # Defaults of the database's: triggers of before write rows while a migration runs.
    end_reason = models.CharField(max_length=19, blank=True, default="", db_default="")
    answered_by = models.CharField(max_length=14, blank=True, default="", db_default="")
    ai_agent_id = ObjectIdField(blank=True)
    agent_name = models.CharField(max_length=200, blank=True)
    user_id = ObjectIdField(blank=True)
    provider_phone_number = models.CharField(max_length=16, blank=True)
    calls = models.BigIntegerField()
    microseconds = models.BigIntegerField(help_text="Whole ones: sums do not depend on the order of adding.")
    cost = models.BigIntegerField(help_text="Ten-thousandths of the currency.")

    class Meta:
        abstract = True


class CallDelta(CountedCalls):
    """One call more, or less, than `CallRollup` knows of; written by triggers with each change of a call."""

    start_time = models.DateTimeField()

    objects: ClassVar[OrganizationQuerySet[CallDelta]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (models.Index(fields=["organization_id", "start_time"], name="call_delta_of_organization"),)

    def __str__(self) -> str:
        return f"{self.calls:+} {self.status}"


class Span(models.TextChoices):
    DAY = "day", "Day"
    MONTH = "month", "Month"


class CallRollup(CountedCalls):
    """The calls of one day, or month, of the organization's zone.

    Each call is in four rows: of its day and its month, and of both with FINE_DIMENSIONS and, where `is_fine` is
    not set, without: few rows, from which most questions are answered.
    """

    span = models.CharField(max_length=5, choices=Span)
    begins = models.DateField()
    is_fine = models.BooleanField()
    durations = models.TextField(blank=True, help_text="Of answered calls: how many are in each class of durations.")
    hours = models.TextField(blank=True, help_text="Of a day: calls, microseconds and cost of each of its hours.")

    objects: ClassVar[OrganizationQuerySet[CallRollup]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization_id", "is_fine", "span", "begins", *DIMENSIONS], name="one_call_rollup"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calls} {self.status}, {self.span} {self.begins}"


class StaleRollup(models.Model):
    """An organization whose calls are added up anew; until that is done they are counted one by one.

    Made by triggers, too, when an organization's zone changes.
    """

    organization_id = ObjectIdField(primary_key=True)
    through = models.DateTimeField(
        null=True, blank=True, help_text="Calls that began before are added up; empty: it has not begun."
    )

    objects: ClassVar[OrganizationQuerySet[StaleRollup]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return str(self.organization_id)
