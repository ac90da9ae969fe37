from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from calls.models.call_choices import CallDirection, CallProvider, CallStatus, RecordingPause
from calls.models.call_indexes import CONSTRAINTS, INDEXES
from calls.models.label import MAX_TAGS, Disposition, Tag, tags_of
from calls.models.prompt import Prompt
from calls.outcomes import AnsweredBy, EndFault, EndReason, choices_of
from calls.recording_consent import MAX_SOURCE, ConsentState
from calls.reports import Authority
from contacts.models import Contact
from conversations.models import Conversation
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.common.sight import Sight


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
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        at = timezone.localtime(self.start_time).strftime("%-d %b %Y, %H:%M")
        return f"{self.get_direction_display()} {self.from_number} → {self.to_number}, {at}"

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
