from __future__ import annotations

from typing import ClassVar

from django.db import models

from tether_calls.common.object_id import ObjectIdField, ObjectIdModel


class WebhookCursor(ObjectIdModel):
    """How far the event log has been turned into messages: its one row, and the log's marks of the last event."""

    name = models.CharField(max_length=20, unique=True)
    last_event_id = ObjectIdField(blank=True)
    transaction_id = models.BigIntegerField(null=True)
    oldest_open_transaction_id = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager[WebhookCursor]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.name} {self.last_event_id}"
