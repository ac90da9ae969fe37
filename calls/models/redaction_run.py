"""That what an organization does not keep any more is taken out of what it has kept before."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.redacted_kinds import in_words
from tether_calls.trails.models import Audited, AuditedQuerySet

_MAX_KINDS = 100


class RedactionState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELED = "canceled", "Canceled"
    FAILED = "failed", "Failed"


class RedactionRun(Audited, ObjectIdModel):
    """One walk through an organization's old calls: which kinds, how far it is, who started and canceled it."""

    UNFINISHED: ClassVar[tuple[str, ...]] = (RedactionState.QUEUED, RedactionState.RUNNING)
    # The progress. Starting and canceling a run are rows of the audit log.
    audit_left_out = (
        *("state", "places", "position", "cursor", "finished_at", "lease", "leased_until"),
        *("next_turn_at", "failures", "error"),
    )

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    kinds = models.CharField(
        max_length=_MAX_KINDS, blank=True, help_text="What is taken out, as it was chosen when it started."
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    canceled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    state = models.CharField(max_length=8, choices=RedactionState, default=RedactionState.QUEUED)
    # Of each place: its name and title, its last row when the run began, and how many rows there are, were looked at,
    # were changed, and were kept by legal holds.
    places = models.JSONField(default=list, blank=True)
    # Of `places` the first that is not done, and the last of its rows that is.
    position = models.PositiveSmallIntegerField(default=0)
    cursor = models.CharField(max_length=24, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    lease = ObjectIdField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    next_turn_at = models.DateTimeField(default=timezone.now)
    # In a row, without a slice being done in between.
    failures = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[AuditedQuerySet[RedactionRun]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "redaction of old calls"
        verbose_name_plural = "redactions of old calls"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=RedactionState.values), name="redaction_state_known"),
            models.UniqueConstraint(
                fields=["organization"], condition=Q(state__in=["queued", "running"]), name="one_redaction_at_a_time"
            ),
        )
        indexes = (
            models.Index(fields=["organization", "-id"], name="redaction_newest"),
            models.Index(fields=["next_turn_at"], condition=Q(state__in=["queued", "running"]), name="redaction_due"),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {in_words(self.kinds)}"

    def sum_of(self, name: str) -> int:
        """Of all places: `total`, `done`, `changed` or `kept`."""
        return sum(place[name] for place in self.places)
