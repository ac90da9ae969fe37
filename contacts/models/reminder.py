from __future__ import annotations

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.contact import Contact
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet

MAX_REMINDER: Final = 2_000


class ReminderChannel(models.TextChoices):
    CALL = "call", "Call"
    SMS = "sms", "SMS"
    NONE = "none", "None"


class Reminder(ObjectIdModel):
    """What a user wants to be reminded of about a contact, at a time, once."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="reminders", db_index=False)
    # A reminder is its user's: nobody else sees it.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    note = models.TextField(max_length=MAX_REMINDER)
    reminder_date = models.DateTimeField()
    channel_type = models.CharField(max_length=4, choices=ReminderChannel, default=ReminderChannel.NONE)
    # By id: contacts know nothing of agents.
    agent_id = ObjectIdField(null=True, blank=True, help_text="Who calls the contact then.")
    fired_at = models.DateTimeField(null=True, editable=False, help_text="Empty: it is still to come.")
    text_at = models.DateTimeField(
        null=True, editable=False, help_text="When its text is written next; empty: there is none, or no more."
    )
    text_code = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Why its text waits, or was not sent."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[Reminder]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("reminder_date", "id")
        constraints = (
            models.CheckConstraint(condition=Q(channel_type__in=ReminderChannel.values), name="reminder_channel_known"),
            models.CheckConstraint(condition=Q(agent_id=None) | Q(channel_type="call"), name="reminder_agents_call"),
            models.CheckConstraint(condition=Q(text_at=None) | Q(channel_type="sms"), name="reminder_texts_are_sms"),
        )
        indexes = (
            models.Index(fields=["reminder_date"], condition=Q(fired_at=None), name="reminder_due"),
            models.Index(fields=["text_at"], condition=Q(text_at__isnull=False), name="reminder_to_text"),
            models.Index(fields=["user", "reminder_date"], condition=Q(fired_at=None), name="reminder_of_user"),
            models.Index(fields=["organization", "-id"], name="reminder_newest"),
            models.Index(fields=["user"], name="reminder_user"),
            models.Index(fields=["contact"], name="reminder_contact"),
        )

    @property
    def fired(self) -> bool:
        return self.fired_at is not None

    def __str__(self) -> str:
        return self.note[:80]
