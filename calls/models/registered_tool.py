from __future__ import annotations

from typing import ClassVar

from django.db import models

from calls.models.voice_account import VoiceProvider
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class RegisteredToolState(models.TextChoices):
    ASKED = "asked", "Asked for"  # the row is there before the request is; where it stays, nobody knows the outcome
    SYNCED = "synced", "Synced"
    FAILED = "failed", "Failed"


class RegisteredTool(ObjectIdModel):
    """One of our tools at the provider of an organization's agents, and how far it is there."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    provider = models.CharField(max_length=10, choices=VoiceProvider)
    name = models.CharField(max_length=64)
    # Empty: it was not made yet, or the answer that would have told was lost.
    provider_tool_id = models.CharField("tool ID", max_length=100, blank=True)
    state = models.CharField(max_length=6, choices=RegisteredToolState, default=RegisteredToolState.ASKED)
    error = models.CharField(max_length=20, blank=True, help_text="Why it failed: a `ProviderProblem`.")
    synced_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[RegisteredTool]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "provider", "name"], name="a_tool_registered_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=RegisteredToolState.values), name="registered_tool_state_known"
            ),
        )

    def __str__(self) -> str:
        return self.name
