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

MAX_NOTE: Final = 10_000
MAX_MENTIONS: Final = 50


class NoteType(models.TextChoices):
    MANUAL = "manual", "Manual"
    AI_SUMMARY = "ai_summary", "AI summary"
    SYSTEM = "system", "System"


class ContactNote(ObjectIdModel):
    """What a user, an agent or the system has written of a contact, perhaps of one call with them."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notes", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Empty: an agent's, or the system's.",
    )
    note = models.TextField(max_length=MAX_NOTE)
    type = models.CharField(max_length=10, choices=NoteType, default=NoteType.MANUAL)
    # By id: contacts know nothing of calls.
    call_id = ObjectIdField(null=True, blank=True)
    mentions = models.JSONField(default=list, blank=True, help_text="Ids of users.")
    is_of_tool = models.BooleanField(
        default=False, db_default=False, help_text="Written by an agent while it talked, not its summary of the call."
    )
    is_edited = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[ContactNote]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "note"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["call_id"],
                condition=Q(type=NoteType.AI_SUMMARY, is_of_tool=False),
                name="one_summary_note_of_a_call",
            ),
            models.CheckConstraint(condition=Q(type__in=NoteType.values), name="note_type_known"),
        )
        indexes = (
            models.Index(fields=["contact", "-id"], name="note_of_contact"),
            # For the deletion of a user; most notes are of none.
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="note_of_user"),
            models.Index(fields=["call_id", "-id"], condition=Q(call_id__isnull=False), name="note_of_call"),
        )

    def __str__(self) -> str:
        return self.note[:80]
