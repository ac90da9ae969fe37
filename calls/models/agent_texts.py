from __future__ import annotations

from django.db import models

from calls.models.agent_language import AgentLanguage

MAX_DISCLOSURE = 2_000


class AgentTexts(models.Model):
    """How an agent begins a call, and how it sounds: of an agent today, and of each of its versions."""

    first_message = models.TextField(blank=True)
    disclosure = models.TextField(
        max_length=MAX_DISCLOSURE,
        blank=True,
        default="",
        db_default="",
        help_text="Who calls, for whom, that it is an AI, that the call is recorded: said before the first message.",
    )
    voice_id = models.CharField("voice ID", max_length=100, blank=True)
    language = models.CharField(
        max_length=2,
        choices=AgentLanguage,
        blank=True,
        default="",
        db_default="",
        help_text="In which it speaks and hears; empty: its provider's own setting.",
    )

    class Meta:
        abstract = True

    @property
    def opening(self) -> str:
        """What is said first: who calls, then the first message."""
        return "\n".join(text for text in (self.disclosure.strip(), self.first_message) if text)
