from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from calls.models.label import Disposition, Tag
from calls.models.prompt import Prompt
from calls.outcomes import OF_MACHINES, AnsweredBy, EndFault, EndReason, choices_of
from calls.recording_consent import MAX_SOURCE, ConsentState
from calls.reports import Authority
from contacts.models import Contact
from conversations.models import Conversation
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.sight import Sight

# On one call.
MAX_TAGS = 20


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


class RecordingPause(models.TextChoices):
    NONE = "", "Records"
    PAUSING = "pausing", "Pausing"
    PAUSED = "paused", "Paused"
    RESUMING = "resuming", "Resuming"


class CallQuerySet(OrganizationQuerySet["Call"]):
    def without_transcript(self) -> CallQuerySet:
        """Lists and events do not show it, and it is most of the row."""
        return self.defer("ai_transcript")

    def seen_by(self, sight: Sight | None) -> CallQuerySet:
        """Those that somebody sees; None: all."""
        return self if sight is None else self.filter(sight.of_calls())


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
    answered_by = models.CharField(max_length=14, choices=choices_of(AnsweredBy), blank=True, default="", db_default="")
    end_reason = models.CharField(
        max_length=19,
        choices=choices_of(EndReason),
        blank=True,
        default="",
        db_default="",
        help_text="Empty while the call goes on, and where it ended before reasons were kept.",
    )
    end_fault = models.CharField(max_length=8, choices=choices_of(EndFault), blank=True, default="", db_default="")
    endings_told = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="What was told of its end: `calls.outcomes.as_text`.",
    )
    duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    duration_is_counted = models.BooleanField(
        default=False, db_default=False, help_text="Neither provider nor vendor gave it: it was counted here."
    )
    ai_agent = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False
    )
    # By id: an agent's versions go with it, and no index has to find the calls that they spoke in.
    prompt_version_id = ObjectIdField(
        null=True, blank=True, editable=False, help_text="The version of the agent that spoke."
    )
    agent_name = models.CharField(max_length=200, blank=True, help_text="A vendor's agent, by its name.")
    ai_transcript = models.JSONField(null=True, blank=True, help_text="Turns: role, message, timestamp in seconds.")
    ai_summary = models.TextField(blank=True)
    ai_handled_duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    analysis = models.JSONField(null=True, blank=True, help_text="What the provider's own analysis found.")
    transferred_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The call of an agent that handed its caller over to this one.",
    )
    disposition = models.ForeignKey(
        Disposition, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # Their names are in their own rows. One that has been deleted since may be among them, and counts for nothing.
    tag_ids = models.CharField(
        max_length=MAX_TAGS * 25, blank=True, default="", db_default="", help_text="Separated by blanks."
    )
    is_starred = models.BooleanField("star", default=False, db_default=False)
    # What `calls.opt_out` tells of it; it stays where somebody has said that it was not meant so.
    opt_out = models.JSONField(null=True, blank=True)
    opted_out_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was heard that the customer wants no more calls.",
    )
    recording_consent = models.CharField(
        max_length=9,
        choices=[(state.value, state.value.capitalize()) for state in ConsentState],
        default=ConsentState.UNKNOWN.value,
        db_default=ConsentState.UNKNOWN.value,
        help_text="Whether people agree to the recording. Where they deny it, no audio is kept.",
    )
    recording_consent_at = models.DateTimeField(null=True, blank=True)
    recording_consent_source = models.CharField(max_length=MAX_SOURCE, blank=True, default="", db_default="")
    recording_pause = models.CharField(
        max_length=8,
        choices=RecordingPause,
        blank=True,
        default=RecordingPause.NONE,
        db_default=RecordingPause.NONE,
        help_text="Whether the carrier's recording pauses. Pausing, Resuming: asked for, and not answered yet.",
    )
    recording_pause_at = models.DateTimeField(null=True, blank=True)
    # Once one of these is set, nothing of its kind is taken for the call any more, whoever brings it.
    audio_erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when there is no recording, and none is taken."
    )
    transcript_erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The same of what was said and what was written of it."
    )
    person_erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when it is not known any more whose call it was."
    )
    # By id, of the request for the erasure of a person: their calls are found by it when nothing else tells.
    erased_in = ObjectIdField(null=True, blank=True, editable=False)
    metadata = models.JSONField(default=dict, blank=True)
    provider_metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[CallQuerySet] = CallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            # Within the organization: a user who has left another one finds nothing of it.
            models.UniqueConstraint(
                fields=["user", "external_call_id", "organization"],
                condition=Q(external_call_id__isnull=False),
                name="one_call_per_owner_organization_and_external_call_id",
            ),
            # Within the organization: else the first one to use an id would keep it from the others. The id comes
            # first, since the sender of a delivery is looked for by it among all of them.
            models.UniqueConstraint(
                fields=["provider", "provider_call_id", "organization"],
                condition=Q(provider_call_id__isnull=False),
                name="one_call_per_organization_and_provider_call_id",
            ),
            models.UniqueConstraint(
                fields=["ai_conversation_id", "organization"],
                condition=Q(ai_conversation_id__isnull=False),
                name="one_call_per_organization_and_ai_conversation_id",
            ),
            models.CheckConstraint(
                condition=Q(recording_consent__in=[state.value for state in ConsentState]),
                name="call_recording_consent_known",
            ),
            models.CheckConstraint(
                condition=Q(recording_pause__in=RecordingPause.values), name="call_recording_pause_known"
            ),
            models.CheckConstraint(condition=Q(provider__in=CallProvider.values), name="call_provider_known"),
            models.CheckConstraint(condition=Q(direction__in=CallDirection.values), name="call_direction_known"),
            models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="call_status_known"),
            models.CheckConstraint(condition=Q(duration=None) | Q(duration__gte=0), name="call_duration_not_negative"),
        )
        # One index for each way in which history is read, all in its order: newest first.
        indexes = (
            models.Index(fields=["organization", "-start_time", "-id"], name="call_history"),
            # For exports: the order of making never changes, that of starting does where a provider corrects it.
            models.Index(fields=["organization", "-id"], name="call_newest"),
            models.Index(fields=["contact", "-start_time", "-id"], name="call_history_of_contact"),
            models.Index(fields=["user", "-start_time", "-id"], name="call_history_of_user"),
            models.Index(fields=["organization", "status", "-start_time", "-id"], name="call_history_by_status"),
            models.Index(fields=["organization", "provider", "-start_time", "-id"], name="call_history_by_provider"),
            # Of the usual values history has enough rows wherever it is read.
            models.Index(
                fields=["organization", "end_reason", "-start_time", "-id"],
                condition=~Q(end_reason__in=["", EndReason.UNKNOWN]),
                name="call_history_by_end_reason",
            ),
            models.Index(
                fields=["organization", "answered_by", "-start_time", "-id"],
                condition=Q(answered_by__in=OF_MACHINES),
                name="call_history_by_answerer",
            ),
            models.Index(
                fields=["disposition", "-start_time", "-id"],
                condition=Q(disposition__isnull=False),
                name="call_history_of_disposition",
            ),
            models.Index(
                fields=["organization", "-start_time", "-id"], condition=Q(is_starred=True), name="call_history_starred"
            ),
            models.Index(
                fields=["organization", "-start_time", "-id"],
                condition=Q(opted_out_at__isnull=False),
                name="call_history_opted_out",
            ),
            models.Index(
                fields=["ai_agent", "-start_time", "-id"],
                condition=Q(ai_agent__isnull=False),
                name="call_history_of_agent",
            ),
            # For what is deleted, too: the column of few calls has a value.
            models.Index(
                fields=["transferred_from"],
                condition=Q(transferred_from__isnull=False),
                name="calls_that_were_handed_over",
            ),
            models.Index(
                fields=["id"],
                condition=Q(recording_consent="denied", audio_erased_at__isnull=True),
                name="call_with_denied_audio",
            ),
            models.Index(fields=["erased_in"], condition=Q(erased_in__isnull=False), name="call_erased_in"),
            models.Index(fields=["organization", "from_number", "-start_time"], name="call_history_from_number"),
            models.Index(fields=["organization", "to_number", "-start_time"], name="call_history_to_number"),
            models.Index(
                fields=["organization", "provider_phone_number", "-start_time", "-id"], name="call_history_of_line"
            ),
        )

    def __str__(self) -> str:
        return f"{self.direction} {self.from_number} → {self.to_number}"

    @cached_property
    def tags(self) -> list[Tag]:
        """In the order of their names. One statement; none for a call without."""
        # wall: of the call itself
        return tags_of([self.tag_ids])[self.tag_ids]

    @property
    def content_erased_at(self) -> datetime | None:
        """Since when neither recording nor words are left; None while there may be one of them."""
        if self.audio_erased_at is None or self.transcript_erased_at is None:
            return None
        return max(self.audio_erased_at, self.transcript_erased_at)

    @property
    def customer_number(self) -> str:
        return self.from_number if self.direction == CallDirection.INBOUND else self.to_number


def tags_of(tag_ids: Iterable[str]) -> dict[str, list[Tag]]:
    """The tags of calls by what their `tag_ids` say, in the order of their names. One statement; none without any."""
    ids = {ids: ids.split() for ids in tag_ids}
    wanted = {tag_id for each in ids.values() for tag_id in each}
    # wall: ids that calls of the organization have, where only tags of the organization are put
    there = {tag.pk: tag for tag in Tag.objects.filter(pk__in=wanted)} if wanted else {}
    return {
        text: sorted((there[tag_id] for tag_id in each if tag_id in there), key=lambda tag: tag.key)
        for text, each in ids.items()
    }
