from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import ApiKey, Organization
from tether_calls.common.encryption import SecretsField
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class WebhookEvent(models.TextChoices):
    CALL_STARTED = "call.started", "Call started"
    CALL_ENDED = "call.ended", "Call ended"
    CALL_FAILED = "call.failed", "Call failed"
    CALL_UPDATED = "call.updated", "Call updated"
    CALL_TRANSCRIPT = "call.transcript", "Transcript"
    CALL_RECORDING = "call.recording", "Recording"
    CALL_SUMMARY = "call.summary", "Summary"
    CALL_OPT_OUT = "call.opt_out", "Customer opted out"
    CALL_ERASED = "call.erased", "Call erased"
    CALL_SCHEDULED = "call.scheduled", "Scheduled call"
    CONTACT_NOTE = "contact.note", "Note of a contact"
    MESSAGE_RECEIVED = "message.received", "Text received"
    MESSAGE_SENT = "message.sent", "Text sent"
    MESSAGE_STATUS = "message.status", "Status of a text"


class DisabledReason(models.TextChoices):
    GONE = "gone", "The receiver answered 410 Gone"
    FAILING = "failing", "Nothing but failures for a day"
    BY_HAND = "by_hand", "Disabled by hand"
    KEY_REVOKED = "key_revoked", "The API key that it is of was revoked, or has expired"


class WebhookSubscription(Audited, ObjectIdModel):
    """A partner's address that hears of the organization's calls, and the secret that signs what is sent there."""

    audit_name = "name"
    audit_secret = ("secrets",)
    audit_left_out = ("failing_since", "last_turn_at")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    url = models.CharField("URL", max_length=2048, help_text="An https address on the public internet.")
    subscribed_events = models.JSONField(default=list, help_text="The event types that are sent.")
    # `signing`; and `previous`, which it has replaced, and which signs as well until the time below.
    secrets = SecretsField(default=dict, blank=True)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    is_active = models.BooleanField("active", default=True)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_reason = models.CharField(max_length=20, choices=DisabledReason, blank=True, editable=False)
    # Since when nothing but failures; empty after a success.
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    # The subscription that has waited longest is next.
    last_turn_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    api_key = models.ForeignKey(
        ApiKey,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="What made it, or changed it last, and ends it when it is revoked; empty: a user.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AuditedQuerySet[WebhookSubscription]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "webhook"
        ordering = ("-id",)
        indexes = (models.Index(fields=["organization", "-id"], name="webhook_of_organization"),)

    def __str__(self) -> str:
        return self.name
