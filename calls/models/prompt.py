from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


def default_rate_per_minute() -> Decimal:
    rate: Decimal = settings.TETHER_RATE_PER_MINUTE
    return rate


class Prompt(ObjectIdModel):
    """A voice agent: its instructions, first message and voice."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    prompt = models.TextField(blank=True, help_text="The agent's instructions.")
    first_message = models.TextField(blank=True)
    voice_id = models.CharField("voice ID", max_length=100, blank=True)
    voice_enabled = models.BooleanField(default=False)
    elevenlabs_agent_id = models.CharField(
        "ElevenLabs agent ID", max_length=100, null=True, blank=True, help_text="Empty: not synced with ElevenLabs."
    )
    # Separated by blanks; which there are, `calls.providers.tools` says.
    tools = models.CharField(
        max_length=1_000, default="", db_default="", blank=True, help_text="The tools that it has at its provider."
    )
    rate_per_minute = models.DecimalField(
        max_digits=8,
        decimal_places=4,
        default=default_rate_per_minute,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a minute of its calls costs a prepaid organization, in the wallet's currency.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[Prompt]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "agent"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "elevenlabs_agent_id"],
                condition=models.Q(elevenlabs_agent_id__isnull=False),
                name="one_agent_per_elevenlabs_agent",
            ),
            models.CheckConstraint(
                condition=models.Q(rate_per_minute__gte=0), name="agent_rate_per_minute_not_negative"
            ),
        )

    def __str__(self) -> str:
        return self.name


class AgentRate(ObjectIdModel):
    """What a minute of an agent at ElevenLabs cost when it was last one of the organization's agents.

    A price belongs to the agent over there: whichever agent of the organization gets its id next has this rate.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    elevenlabs_agent_id = models.CharField("ElevenLabs agent ID", max_length=100)
    rate_per_minute = models.DecimalField(max_digits=8, decimal_places=4)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[AgentRate]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization", "elevenlabs_agent_id"], name="one_rate_per_agent"),
            models.CheckConstraint(condition=models.Q(rate_per_minute__gte=0), name="agent_rate_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.elevenlabs_agent_id} {self.rate_per_minute}"
