from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from calls.models.call import Call
from calls.models.voice_account import VoiceProvider
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class DeliveryState(models.TextChoices):
    REFUSED = "refused", "Refused"  # not verified: kept so that the mistake can be found, never processed
    RECEIVED = "received", "Received"
    WAITING = "waiting", "Waiting for its call"  # of a call that has not been reported yet
    PROCESSED = "processed", "Processed"
    IGNORED = "ignored", "Ignored"  # believed, and of a kind that changes nothing
    FAILED = "failed", "Failed"  # could not be applied this time: tried again
    INVALID = "invalid", "Invalid"  # believed, and can never be applied as it is


class Delivery(ObjectIdModel):
    """What a provider sent us, as it came: stored before it is believed, processed once, replayable."""

    # Unknown where no organization's secret verifies it.
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    endpoint = models.CharField(max_length=40, help_text="What was called: the path after /api/webhook/.")
    provider = models.CharField(max_length=10)
    kind = models.CharField(max_length=60, blank=True, help_text="The event, in the provider's words.")
    provider_call_id = models.CharField(max_length=255, blank=True, help_text="The call, by the provider's id.")
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.RECEIVED)
    verdict = models.CharField(max_length=20, help_text="What the check of the signature said.")
    url = models.CharField(max_length=500, help_text="As the provider called it.")
    content_type = models.CharField(max_length=200, blank=True)
    # Those that the signature is in or covers; never a Bearer token.
    headers = models.JSONField(default=dict, blank=True)
    # Audio comes inside of JSON, up to 67 MB of it: bytes, not text, and deferred wherever deliveries are listed.
    body = models.BinaryField()
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, blank=True, related_name="deliveries")
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    processed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[OrganizationQuerySet[Delivery]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["organization", "-id"], name="delivery_newest"),
            models.Index(fields=["state", "id"], name="delivery_by_state"),
            models.Index(fields=["provider", "provider_call_id"], name="delivery_of_provider_call"),
        )

    def __str__(self) -> str:
        provider = dict(VoiceProvider.choices).get(self.provider, self.provider)
        return f"{provider}: {self.kind.replace('_', ' ') or 'not understood'}"
