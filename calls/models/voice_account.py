from __future__ import annotations

from typing import ClassVar

from django.db import models

from tether_calls.accounts.models import Organization
from tether_calls.common.encryption import SecretsField
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class VoiceProvider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SINCH = "sinch", "Sinch"
    ELEVENLABS = "elevenlabs", "ElevenLabs"


class VoiceAccount(ObjectIdModel):
    """An organization's account with a provider: what names it there, and the secrets that open it."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=10, choices=VoiceProvider)
    # What the provider's own requests to us carry, such as an account's or an application's id. Not a secret.
    account_id = models.CharField(max_length=100, null=True, blank=True)
    # By the names of the provider's credentials class; `calls.selectors.voice_accounts.accounts` turns them into one.
    secrets = SecretsField(default=dict, blank=True)
    phone_number = models.CharField(
        max_length=16, blank=True, help_text="Calls from here unless the user has a number."
    )
    is_active = models.BooleanField(default=False, help_text="The provider of the organization's browser calls.")
    base_url = models.URLField(
        blank=True, help_text="Another address of the provider's API: a region, or the simulator."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[VoiceAccount]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "voice account"
        constraints = (
            models.UniqueConstraint(fields=["organization", "provider"], name="one_account_per_provider"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_active=True), name="one_active_provider"
            ),
            models.CheckConstraint(
                condition=models.Q(provider__in=VoiceProvider.values), name="account_provider_known"
            ),
        )
        indexes = (models.Index(fields=["provider", "account_id"], name="account_of_callback"),)

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.account_id or ''}".strip()
