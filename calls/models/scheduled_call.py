from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from calls.models.prompt import Prompt
from contacts.models import CallPurpose, Contact, Reminder
from tether_calls.accounts.models import ApiKey, Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.sight import Sight

MOST_ATTEMPTS: Final = 5


class ScheduledState(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    DIALLING = "dialling", "Dialling"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    EXPIRED = "expired", "Expired"
    CANCELED = "canceled", "Canceled"


class ScheduledSource(models.TextChoices):
    USER = "user", "User"
    PARTNER = "partner", "Partner"
    AGENT = "agent", "Agent's call-back"
    REMINDER = "reminder", "Reminder"


class RetryOn(models.TextChoices):
    """What a call can come to that it may be made again for."""

    NO_ANSWER = "no_answer", "No answer"
    BUSY = "busy", "Busy"
    MACHINE = "machine", "Machine"
    FAILED_TO_START = "failed_to_start", "Failed to start"


class ScheduledCallQuerySet(OrganizationQuerySet["ScheduledCall"]):
    def planned_by(self, sight: Sight | None) -> ScheduledCallQuerySet:
        """Those that somebody sees, by whom they are planned for, or from which number; None: all."""
        if sight is None:
            return self
        return self.filter(Q(user_id__in=sight.user_ids) | Q(from_number__in=sight.numbers))


class ScheduledCall(ObjectIdModel):
    """A call that an agent is to make later: whom, when, how often at most, and what has become of it."""

    # Nobody has been dialled for this turn yet: it may still be moved, and be canceled.
    WAITING: ClassVar[tuple[str, ...]] = (ScheduledState.SCHEDULED, ScheduledState.DIALLING)
    UNFINISHED: ClassVar[tuple[str, ...]] = (*WAITING, ScheduledState.IN_PROGRESS)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=8, choices=ScheduledSource)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="On whose behalf it is made.",
    )
    api_key = models.ForeignKey(
        ApiKey,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="API key",
        help_text="The key that asked for it: among its dials it counts.",
    )
    agent = models.ForeignKey(Prompt, on_delete=models.SET_NULL, null=True, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="+")
    phone_number = models.CharField(max_length=16, help_text="E.164.")
    from_number = models.CharField(
        max_length=16, blank=True, help_text="To call from; empty: chosen when it is dialled, as for a call at once."
    )
    call_reason = models.TextField(blank=True)
    purpose = models.CharField(
        max_length=9, choices=CallPurpose, default=CallPurpose.MARKETING, db_default=CallPurpose.MARKETING
    )
    variables = models.JSONField(null=True, help_text="What placeholders in the agent's texts stand for.")
    # By ids: a call that is deleted has taken place all the same.
    asking_call_id = ObjectIdField(null=True, help_text="The call in which an agent was asked for it.")
    last_call_id = ObjectIdField(null=True, help_text="The call that was made last.")
    reminder = models.OneToOneField(
        Reminder, on_delete=models.SET_NULL, null=True, related_name="scheduled_call", help_text="Of which it is."
    )

    not_before = models.DateTimeField()
    not_after = models.DateTimeField(null=True, help_text="Nobody is dialled any more from then on.")
    time_zone = models.CharField(max_length=64, blank=True, help_text="In which it was asked for.")
    max_attempts = models.PositiveSmallIntegerField(default=1)
    delays_minutes = models.JSONField(default=list, help_text="Before the second attempt, the third, and so on.")
    retry_on = models.JSONField(default=list, help_text="What it is made again for.")

    state = models.CharField(max_length=11, choices=ScheduledState, default=ScheduledState.SCHEDULED)
    next_at = models.DateTimeField("next attempt")
    moved_from = models.DateTimeField(null=True, help_text="When it would have been, had nothing been in the way.")
    code = models.CharField(max_length=40, blank=True, help_text="Why it was moved, or was not made.")
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=20, blank=True, help_text="How the last call ended.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    # In whose hands it is, and until when at most.
    lease = ObjectIdField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    # In a row, of our own making.
    failures = models.PositiveSmallIntegerField(default=0, editable=False)

    objects: ClassVar[ScheduledCallQuerySet] = ScheduledCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "scheduled call"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=ScheduledState.values), name="scheduled_state_known"),
            models.CheckConstraint(condition=Q(purpose__in=CallPurpose.values), name="scheduled_purpose_known"),
            models.CheckConstraint(condition=Q(source__in=ScheduledSource.values), name="scheduled_source_known"),
            models.CheckConstraint(
                condition=Q(max_attempts__gte=1, max_attempts__lte=MOST_ATTEMPTS), name="scheduled_attempts_bounded"
            ),
            models.CheckConstraint(
                condition=Q(not_after=None) | Q(not_after__gt=F("not_before")), name="scheduled_window_not_empty"
            ),
            # A dial that has begun is in nobody's hands any more: what has become of it, the call tells.
            models.CheckConstraint(
                condition=Q(state="dialling", lease__isnull=False, leased_until__isnull=False)
                | (~Q(state="dialling") & Q(lease=None, leased_until=None)),
                name="scheduled_lease_while_dialling",
            ),
        )
        indexes = (
            models.Index(fields=["organization", "-id"], name="scheduled_newest"),
            models.Index(
                fields=["organization", "next_at"],
                condition=Q(state__in=("scheduled", "dialling")),
                name="scheduled_due_in_turn",
            ),
            models.Index(fields=["next_at"], condition=Q(state__in=("scheduled", "dialling")), name="scheduled_due"),
            models.Index(fields=["last_call_id"], condition=Q(state="in_progress"), name="scheduled_in_progress"),
            # An agent that is asked again moves the call-back that there is.
            models.Index(
                fields=["contact"],
                condition=Q(source="agent", state__in=("scheduled", "dialling")),
                name="scheduled_call_backs",
            ),
        )

    def __str__(self) -> str:
        return self.phone_number
