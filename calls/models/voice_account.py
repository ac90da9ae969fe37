from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.db import models

from tether_calls.accounts.models import Organization
from tether_calls.common.encryption import SecretsField
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class VoiceProvider(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    SINCH = "sinch", "Sinch"
    ELEVENLABS = "elevenlabs", "ElevenLabs"


def digest_of(tool_secret: str) -> str:
    """What a tool's secret is found by; it has 256 random bits, so that nobody finds it by this."""
    return hashlib.sha256(tool_secret.encode("utf-8", "surrogatepass")).hexdigest()


class VoiceAccount(Audited, ObjectIdModel):
    """An organization's account with a provider: what names it there, and the secrets that open it."""

    audit_name = "provider"
    audit_secret = ("secrets",)
    audit_left_out = ("tool_secret_digest", "kept_secret_id")

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=10, choices=VoiceProvider)
    # What the provider's own requests to us carry, such as an account's or an application's id. Not a secret.
    account_id = models.CharField("account ID", max_length=100, null=True, blank=True)
    # Of the secret that its agents' tools send: by it, the sender of a tool's request is found. See `digest_of`.
    tool_secret_digest = models.CharField(max_length=64, default="", db_default="", blank=True, editable=False)
    # Under which id the provider keeps that secret for its tools, as `sync_tools` has it do.
    kept_secret_id = models.CharField(max_length=100, default="", db_default="", blank=True, editable=False)
    # By the names of the provider's credentials class; `calls.selectors.voice_accounts.accounts` turns them into one.
    secrets = SecretsField(default=dict, blank=True)
    phone_number = models.CharField(
        max_length=16, blank=True, help_text="Calls from here unless the user has a number."
    )
    is_active = models.BooleanField(
        "carries browser calls", default=False, help_text="The provider of the organization's browser calls."
    )
    base_url = models.URLField(
        "base URL", blank=True, help_text="Another address of the provider's API: a region, or the simulator."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[AuditedQuerySet[VoiceAccount]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

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
        indexes = (
            models.Index(fields=["provider", "account_id"], name="account_of_callback"),
            models.Index(
                fields=["tool_secret_digest"], condition=~models.Q(tool_secret_digest=""), name="account_of_tool_secret"
            ),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if "secrets" not in self.get_deferred_fields():
            secret = self.secrets.get("tool_secret", "")
            self.tool_secret_digest = digest_of(secret) if secret else ""
            if (names := kwargs.get("update_fields")) is not None and "secrets" in names:
                kwargs["update_fields"] = [*names, "tool_secret_digest"]
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.account_id or ''}".strip()
