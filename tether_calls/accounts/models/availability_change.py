from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tether_calls.accounts.models.organization import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class AvailabilityReason(models.TextChoices):
    USER = "user", "By themselves"
    STAFF = "staff", "By staff"


class AvailabilityChange(ObjectIdModel):
    """When a user has become available, or no longer is.

    What goes to and fro within a minute is one row: the last word, and how many there were.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    is_available = models.BooleanField("available")
    reason = models.CharField(max_length=8, choices=AvailabilityReason)
    at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1, help_text="Changes within the minute that this row stands for.")

    objects: ClassVar[OrganizationQuerySet[AvailabilityChange]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (models.Index(fields=["organization", "user", "-id"], name="availability_of_user"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(reason__in=AvailabilityReason.values), name="availability_reason_known"
            ),
        )

    def __str__(self) -> str:
        return f"{'available' if self.is_available else 'unavailable'} at {self.at:%Y-%m-%d %H:%M}"
