from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.call import Call
from calls.models.phone_number import NumberProvider
from conversations.models import Message
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class TextPurpose(models.TextChoices):
    USER = "user", "A user's"
    TOOL = "tool", "An agent's"
    MISSED_CALL = "missed_call", "After a missed call"
    KEYWORD = "keyword", "Answer to a keyword"
    REMINDER = "reminder", "A reminder"
    PARTNER = "partner", "A partner's"


class TextState(models.TextChoices):
    WAITING = "waiting", "Waiting"  # certainly not sent, however often it was tried
    UNDER_WAY = "under_way", "Under way"  # given to the carrier, or about to be: never again
    DONE = "done", "Done"


class OutgoingText(ObjectIdModel):
    """How a text of ours gets to its carrier: written before the network is asked, claimed, sent once.

    It is tried again only where the carrier has certainly not taken it.
    """

    KEY_MAX: ClassVar[int] = 255

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="outgoing")
    purpose = models.CharField(max_length=11, choices=TextPurpose)
    state = models.CharField(max_length=9, choices=TextState, default=TextState.WAITING)
    provider = models.CharField(max_length=10, choices=NumberProvider)
    from_number = models.CharField(max_length=16)
    to_number = models.CharField(max_length=16)
    # What its message shows less of, while it is on its way; the carrier gets all of it.
    sealed = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Encrypted, where its message is redacted.",
    )
    shown_digest = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="A keyed digest of what was sealed."
    )
    reports_to = models.CharField(max_length=200, blank=True, help_text="Where the carrier reaches us.")
    # Of the call that was missed, or in which an agent sends it.
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    # By id, so that a user may be deleted.
    user_id = ObjectIdField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=KEY_MAX, null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of the request that came with the key.")
    # By id: a reminder that is done with may be deleted.
    reminder_id = ObjectIdField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(null=True, blank=True, help_text="Not to be tried again before that.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[OutgoingText]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_text_per_idempotency_key",
            ),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(purpose=TextPurpose.MISSED_CALL, call__isnull=False),
                name="one_text_per_missed_call",
            ),
            models.UniqueConstraint(
                fields=["reminder_id"], condition=Q(reminder_id__isnull=False), name="one_text_per_reminder"
            ),
            models.CheckConstraint(condition=Q(state__in=TextState.values), name="text_state_known"),
        )
        indexes = (
            models.Index(fields=["id"], condition=~Q(state=TextState.DONE), name="text_to_be_sent"),
            models.Index(fields=["organization", "to_number", "-id"], name="texts_to_number"),
            # For how many there may be within an hour.
            models.Index(fields=["organization", "created_at"], name="texts_in_time"),
            # For the deletion of a call; most texts are of none.
            models.Index(fields=["call"], condition=Q(call__isnull=False), name="text_of_call"),
        )

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
