from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from calls.models.webhook_message import WebhookMessage
from tether_calls.common.object_id import ObjectIdModel


class WebhookAttempt(ObjectIdModel):
    """One attempt to deliver a message; one without status and error was cut off, or is under way."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="attempt_log")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    response = models.CharField(max_length=500, blank=True, help_text="The beginning of the answer's body.")
    error = models.CharField(max_length=200, blank=True)

    objects: ClassVar[models.Manager[WebhookAttempt]] = models.Manager()

    class Meta:
        verbose_name = "webhook attempt"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"

    @property
    def call_id(self) -> str | None:
        """Of the call that its message tells of; a statement unless `message` was read with it."""
        call_id: str | None = self.message.call_id
        return call_id
