from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.prompt import Prompt
from calls.reports import Authority
from contacts.models import Contact
from conversations.models import Conversation
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class CallProvider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SINCH = "sinch", "Sinch"
    ELEVENLABS = "elevenlabs", "ElevenLabs"
    EXTERNAL = "external", "External"


class CallDirection(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class CallStatus(models.TextChoices):
    INITIATED = "initiated", "Initiated"
    RINGING = "ringing", "Ringing"
    IN_PROGRESS = "in-progress", "In progress"
    ANSWERED = "answered", "Answered"
    COMPLETED = "completed", "Completed"
    NO_ANSWER = "no-answer", "No answer"
    BUSY = "busy", "Busy"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class CallQuerySet(OrganizationQuerySet["Call"]):
    def without_transcript(self) -> CallQuerySet:
        """Lists and events do not show it, and it is most of the row."""
        return self.defer("ai_transcript")


class Call(ObjectIdModel):
    """One telephone call, by whatever system it was made."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    provider = models.CharField(max_length=10, choices=CallProvider)
    provider_call_id = models.CharField(max_length=255, null=True, blank=True)
    ai_conversation_id = models.CharField(
        max_length=255,
        null=True,
        blank=True,
        help_text="The AI provider's conversation of a call that another provider carries.",
    )
    external_call_id = models.CharField(
        max_length=255,
        null=True,
        blank=True,
        help_text="The vendor's identifier; unique among the calls of one key's owner.",
    )
    direction = models.CharField(max_length=10, choices=CallDirection)
    status = models.CharField(max_length=12, choices=CallStatus, default=CallStatus.INITIATED)
    from_number = models.CharField(max_length=64, blank=True)
    to_number = models.CharField(max_length=64, blank=True)
    provider_phone_number = models.CharField(max_length=16, blank=True, help_text="Our side's number.")
    start_time = models.DateTimeField(default=timezone.now)
    answer_time = models.DateTimeField(null=True, blank=True)
    end_time = models.DateTimeField(null=True, blank=True)
    end_time_is_counted = models.BooleanField(
        default=False, db_default=False, help_text="Nobody told the end: it was worked out here, and may be again."
    )
    end_authority = models.PositiveSmallIntegerField(
        default=Authority.FIRM, db_default=Authority.FIRM, help_text="How much the report of its end can say of it."
    )
    duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    duration_is_counted = models.BooleanField(
        default=False, db_default=False, help_text="Neither provider nor vendor gave it: it was counted here."
    )
    ai_agent = models.ForeignKey(Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")
    agent_name = models.CharField(max_length=200, blank=True, help_text="A vendor's agent, by its name.")
    ai_transcript = models.JSONField(null=True, blank=True, help_text="Turns: role, message, timestamp in seconds.")
    ai_summary = models.TextField(blank=True)
    ai_handled_duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    metadata = models.JSONField(default=dict, blank=True)
    provider_metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[CallQuerySet] = CallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "external_call_id"],
                condition=Q(external_call_id__isnull=False),
                name="one_call_per_owner_and_external_call_id",
            ),
            models.UniqueConstraint(
                fields=["provider", "provider_call_id"],
                condition=Q(provider_call_id__isnull=False),
                name="one_call_per_provider_and_provider_call_id",
            ),
            models.UniqueConstraint(
                fields=["ai_conversation_id"],
                condition=Q(ai_conversation_id__isnull=False),
                name="one_call_per_ai_conversation_id",
            ),
            models.CheckConstraint(condition=Q(provider__in=CallProvider.values), name="call_provider_known"),
            models.CheckConstraint(condition=Q(direction__in=CallDirection.values), name="call_direction_known"),
            models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="call_status_known"),
            models.CheckConstraint(condition=Q(duration=None) | Q(duration__gte=0), name="call_duration_not_negative"),
        )
        # One index for each way in which history is read, all in its order: newest first.
        indexes = (
            models.Index(fields=["organization", "-start_time", "-id"], name="call_history"),
            models.Index(fields=["contact", "-start_time", "-id"], name="call_history_of_contact"),
            models.Index(fields=["user", "-start_time", "-id"], name="call_history_of_user"),
            models.Index(fields=["organization", "status", "-start_time", "-id"], name="call_history_by_status"),
            models.Index(fields=["organization", "provider", "-start_time", "-id"], name="call_history_by_provider"),
            models.Index(fields=["organization", "from_number", "-start_time"], name="call_history_from_number"),
            models.Index(fields=["organization", "to_number", "-start_time"], name="call_history_to_number"),
        )

    def __str__(self) -> str:
        return f"{self.direction} {self.from_number} → {self.to_number}"

    @property
    def customer_number(self) -> str:
        return self.from_number if self.direction == CallDirection.INBOUND else self.to_number
