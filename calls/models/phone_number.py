from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from calls.models.prompt import Prompt
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class NumberProvider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SINCH = "sinch", "Sinch"


class PhoneNumber(Audited, ObjectIdModel):
    """A number of the organization, and who or what answers it."""

    audit_name = "phone_number"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=10, choices=NumberProvider)
    phone_number = models.CharField(max_length=16, unique=True, help_text="E.164, such as +14165550100.")
    label = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="voice_phone_numbers"
    )
    is_default = models.BooleanField(
        "default", default=False, help_text="The number its user calls from unless told otherwise."
    )
    is_inbound_enabled = models.BooleanField("takes inbound calls", default=True)
    ai_enabled = models.BooleanField("AI enabled", default=False)
    ai_agent = models.ForeignKey(
        Prompt, on_delete=models.SET_NULL, null=True, blank=True, related_name="phone_numbers", verbose_name="AI agent"
    )
    elevenlabs_phone_number_id = models.CharField("ElevenLabs phone number ID", max_length=100, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AuditedQuerySet[PhoneNumber]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "phone number"
        ordering = ("phone_number",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "provider"],
                condition=models.Q(is_default=True, user__isnull=False),
                name="one_default_number_per_user_and_provider",
            ),
            models.CheckConstraint(
                condition=models.Q(provider__in=NumberProvider.values), name="number_provider_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.phone_number} ({self.label})" if self.label else self.phone_number
