from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from contacts.models import Contact
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class ChannelType(models.TextChoices):
    CALL = "call", "Call"
    SMS = "sms", "Text"


class Direction(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


# As much of a message as a list shows.
LATEST_MAX = 500


class Conversation(ObjectIdModel):
    """All messages and calls between a contact and one of our numbers."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Texts are in it too: what they are shown by, their messages have.
    channel_type = models.CharField(max_length=10, choices=ChannelType, default=ChannelType.CALL)
    channel_identifier = models.CharField(max_length=16, help_text="Our number, in E.164.")
    latest_message = models.CharField(max_length=LATEST_MAX, blank=True)
    last_message_time = models.DateTimeField(null=True, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    is_resolved = models.BooleanField("resolved", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[Conversation]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["contact", "channel_type", "channel_identifier"],
                name="one_conversation_per_contact_and_channel",
            ),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="conversation_newest"),)

    def __str__(self) -> str:
        return f"{self.contact}, {self.channel_identifier}"


class Message(ObjectIdModel):
    """One entry of a conversation: a text, or what a call leaves."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+", db_index=False)
    # By id: the app that owns calls lies above this one.
    call_id = ObjectIdField(null=True, blank=True)
    content = models.TextField()
    direction = models.CharField(max_length=10, choices=Direction)
    channel_type = models.CharField(max_length=10, choices=ChannelType, default=ChannelType.CALL)
    status = models.CharField(max_length=20, blank=True)
    sent_by = models.CharField(max_length=200, blank=True)
    is_ai_generated = models.BooleanField(default=False)
    # Of a text. What carriers call it is unique within the organization, as the ids of calls are.
    provider = models.CharField(max_length=10, blank=True, default="", db_default="")
    provider_message_id = models.CharField(max_length=255, blank=True, default="", db_default="")
    error_code = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="Why a text did not arrive."
    )
    provider_code = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="The same in the carrier's own words."
    )
    encoding = models.CharField(max_length=4, blank=True, default="", db_default="", help_text="gsm7 or ucs2.")
    parts = models.PositiveSmallIntegerField(null=True, blank=True, help_text="So many messages carriers count.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[Message]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["call_id"], condition=models.Q(call_id__isnull=False), name="one_message_per_call"
            ),
            models.UniqueConstraint(
                fields=["organization", "provider", "provider_message_id"],
                condition=~models.Q(provider_message_id=""),
                name="one_message_per_text",
            ),
        )
        indexes = (
            models.Index(fields=["conversation", "-id"], name="message_newest"),
            models.Index(
                fields=["organization", "-id"], condition=models.Q(channel_type=ChannelType.SMS), name="text_newest"
            ),
            models.Index(
                fields=["contact", "-id"], condition=models.Q(channel_type=ChannelType.SMS), name="text_of_contact"
            ),
        )

    def __str__(self) -> str:
        return self.content[:60]
