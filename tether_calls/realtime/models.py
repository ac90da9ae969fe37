from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class EventLog(ObjectIdModel):
    """What happened, written in the transaction in which it happened; sockets and webhooks are fed from here."""

    # By id, not by foreign key: this app lies below the ones that own organizations and calls.
    organization_id = ObjectIdField()
    call_id = ObjectIdField(null=True, blank=True)
    user_id = ObjectIdField(null=True, blank=True, help_text="Whose sockets alone are told; empty: everybody's.")
    name = models.CharField(max_length=40)
    data = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # Filled by the database, and on PostgreSQL only: the transaction that wrote the row, and the oldest one that was
    # still open then. An id is taken before its row is visible, so ids alone do not tell what a reader of an earlier
    # row may have missed. SQLite lets one transaction write at a time, so there they do.
    transaction_id = models.BigIntegerField(null=True, editable=False)
    oldest_open_transaction_id = models.BigIntegerField(null=True, editable=False)

    WRITTEN_BY_DATABASE = ("transaction_id", "oldest_open_transaction_id")

    objects: ClassVar[OrganizationQuerySet[EventLog]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "event"
        indexes = (
            models.Index(fields=["organization_id", "id"], name="event_organization_order"),
            models.Index(
                fields=["organization_id", "transaction_id"],
                condition=models.Q(transaction_id__isnull=False),
                name="event_organization_transaction",
            ),
            models.Index(fields=["call_id", "id"], condition=models.Q(call_id__isnull=False), name="event_of_call"),
        )

    def __str__(self) -> str:
        return self.name.replace("_", " ").capitalize()
