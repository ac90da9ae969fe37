from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from calls.models.agent_language import AgentLanguage
from calls.models.agent_texts import AgentTexts
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.trails.models import Audited, AuditedQuerySet


def default_rate_per_minute() -> Decimal:
    rate: Decimal = settings.TETHER_RATE_PER_MINUTE
    return rate


class SyncState(models.TextChoices):
    SYNCED = "synced", "Synced"
    CHANGED_HERE = "changed_here", "Changed here"
    CHANGED_THERE = "changed_there", "Changed there"
    ERROR = "error", "Error"


class Prompt(Audited, AgentTexts, ObjectIdModel):
    """A voice agent: its instructions, first message and voice."""

    audit_name = "name"
    # What its provider has of it, and how far that is.
    audit_left_out = (
        *("tools", "versions_made", "sync_state", "sync_error", "synced_at", "synced_version_id", "synced_digest"),
        *("making_since", "looked_at"),
    )

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    prompt = models.TextField(blank=True, help_text="The agent's instructions.")
    description = models.TextField(blank=True, default="", db_default="", help_text="For people; no agent reads it.")
    temperature = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="From 0, always the same, to 1; empty: its provider's own.",
    )
    voice_enabled = models.BooleanField(default=False)
    elevenlabs_agent_id = models.CharField(
        "ElevenLabs agent ID", max_length=100, null=True, blank=True, help_text="Empty: not synced with ElevenLabs."
    )
    # Separated by blanks; which there are, `calls.providers.tools` says.
    tools = models.CharField(
        max_length=1_000, default="", db_default="", blank=True, help_text="The tools that it has at its provider."
    )
    # What it says is that of a version: `prompt`, `first_message`, `voice_id` and the like are those of this one.
    version = models.ForeignKey(
        "PromptVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    versions_made = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    split_version = models.ForeignKey(
        "PromptVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="Speaks in some of its outbound calls.",
    )
    split_percent = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # How it is at its provider. Empty: nobody has had it synced, and nothing is done there by itself.
    sync_state = models.CharField(
        max_length=13, choices=SyncState, default="", db_default="", blank=True, editable=False
    )
    sync_error = models.CharField(max_length=20, default="", db_default="", blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)
    synced_version = models.ForeignKey(
        "PromptVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # Of what the provider had then: as long as it still has that, nobody has changed it there.
    synced_digest = models.CharField(max_length=64, default="", db_default="", blank=True, editable=False)
    # Since when it is being made there without an answer: it is looked for before it is made once more.
    making_since = models.DateTimeField(null=True, blank=True, editable=False)
    looked_at = models.DateTimeField(null=True, blank=True, editable=False)
    rate_per_minute = models.DecimalField(
        max_digits=8,
        decimal_places=4,
        default=default_rate_per_minute,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a minute of its calls costs a prepaid organization, in the wallet's currency.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[AuditedQuerySet[Prompt]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

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
            models.CheckConstraint(
                condition=models.Q(sync_state__in=["", *SyncState.values]), name="agent_sync_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=["", *AgentLanguage.values]), name="agent_language_known"
            ),
            models.CheckConstraint(condition=models.Q(split_percent__lte=100), name="agent_split_percent_at_most_100"),
            models.CheckConstraint(
                condition=models.Q(temperature=None) | models.Q(temperature__gte=0, temperature__lte=1),
                name="agent_temperature_from_0_to_1",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def spoken_version_id(self) -> str | None:
        """The version that speaks in calls of which nothing else is known."""
        version_id: str | None = self.synced_version_id or self.version_id
        return version_id

    @property
    def is_disclosed(self) -> bool:
        """Whether it says first who calls, whichever of its versions speaks. One statement where two may."""
        texts: list[AgentTexts] = [] if self.split_version is not None and self.split_percent == 100 else [self]
        if self.split_version is not None and self.split_percent > 0:
            texts.append(self.split_version)
        return all(each.disclosure.strip() for each in texts)


class PromptVersion(AgentTexts, ObjectIdModel):
    """What an agent says, as it was from one change to the next; never changed.

    Calls keep by id which one spoke; where the agent is deleted since, there is none of that id any more.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(help_text="From 1 on, of one agent.")
    prompt = models.TextField(blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="Why it was changed.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    restored_from = models.PositiveIntegerField(null=True, blank=True, help_text="The number of an older version.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[PromptVersion]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "version of an agent"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["agent", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=models.Q(language__in=["", *AgentLanguage.values]), name="language_of_version_known"
            ),
        )

    def __str__(self) -> str:
        return f"Version {self.number}"


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
