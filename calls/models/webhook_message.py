from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from calls.models.webhook_subscription import WebhookEvent, WebhookSubscription
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel


class WebhookState(models.TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    DEAD = "dead", "Given up"


# The type of a message that tells of no call, and is not subscribed to.
TEST_EVENT = "webhook.test"


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage", "WebhookMessage"]):
    def ready(self, now: datetime) -> WebhookMessageQuerySet:
        """Due, not leased, and with no earlier message of the same call still to be delivered."""
        # wall: those of the same subscription
        earlier = WebhookMessage.objects.filter(
            subscription=OuterRef("subscription"),
            call_id=OuterRef("call_id"),
            state=WebhookState.PENDING,
            pk__lt=OuterRef("pk"),
        )
        free = Q(leased_until=None) | Q(leased_until__lte=now)
        # With a limit it is looked up message by message, by its index: PostgreSQL would join all that wait with all
        # that wait.
        due = self.alias(earlier=Subquery(earlier.order_by("pk").values("pk")[:1]))
        return due.filter(free, earlier__isnull=True, state=WebhookState.PENDING, next_attempt_at__lte=now)


class WebhookMessage(ObjectIdModel):
    """One event for one subscription, or a test; delivered at least once. Its id is the attempts' `webhook-id`."""

    subscription = models.ForeignKey(
        WebhookSubscription, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    event_type = models.CharField(max_length=20, choices=[*WebhookEvent.choices, (TEST_EVENT, "Test")])
    # What must not be sent twice: the event's id; of texts, which several events may bring, a digest.
    key = models.CharField(max_length=64)
    # Both empty: a test.
    event_id = ObjectIdField(null=True, blank=True)
    call_id = ObjectIdField(null=True, blank=True)
    # As it is sent, byte by byte: JSON columns reorder, and PostgreSQL's refuse U+0000.
    body = models.TextField()
    state = models.CharField(max_length=10, choices=WebhookState, default=WebhookState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    # Set by the first attempt: who has not answered well by then is not asked again.
    give_up_at = models.DateTimeField(null=True, blank=True)
    # Whose hands it is in, by the attempt's id, and until when at most.
    lease = ObjectIdField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[WebhookMessageQuerySet] = WebhookMessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "webhook message"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["subscription", "event_type", "key"], name="one_webhook_per_event"),
            models.CheckConstraint(condition=Q(state__in=WebhookState.values), name="webhook_state_known"),
        )
        indexes = (
            models.Index(fields=["subscription", "-id"], name="webhook_newest"),
            models.Index(fields=["subscription", "next_attempt_at"], condition=Q(state="pending"), name="webhook_due"),
            models.Index(fields=["call_id", "subscription", "id"], condition=Q(state="pending"), name="webhook_order"),
            models.Index(fields=["event_id"], name="webhook_of_event"),
            # What is under way, of however many that wait.
            models.Index(
                fields=["subscription"],
                condition=Q(state="pending", leased_until__isnull=False),
                name="webhook_under_way",
            ),
        )

    @property
    def has_transcript(self) -> bool:
        """Whether what is sent has what was said in a call."""
        return self.event_type == WebhookEvent.CALL_TRANSCRIPT

    def __str__(self) -> str:
        return str(self.get_event_type_display())
