"""What an organization has at ElevenLabs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from calls.providers.setting import Setting


@dataclass(frozen=True)
class ElevenLabsCredentials:
    """Decrypted: never logged, never shown.

    `webhook_secret` signs the events that ElevenLabs sends, `tool_secret` is what its tools send as Bearer.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    tool_secret: str = field(repr=False)
    # Accounts with data residency have hosts of their own: https://api.eu.residency.elevenlabs.io
    base_url: str = "https://api.elevenlabs.io"


SETTINGS: Final = (
    Setting("api_key", "elevenlabs_api_key", label="API key"),
    Setting("webhook_secret", "elevenlabs_webhook_secret", is_required=False),
    Setting("tool_secret", "elevenlabs_tool_secret", is_required=False),
)
