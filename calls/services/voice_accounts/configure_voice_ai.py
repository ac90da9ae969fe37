"""The organization's account with ElevenLabs, and the secret that its agents' tools send."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from calls.models import VoiceAccount, VoiceProvider
from calls.services.voice_accounts.configure_account import configure_account

_TOOL_FIELD = "elevenlabs_tool_secret"


@dataclass(frozen=True)
class ConfiguredVoiceAi:
    account: VoiceAccount
    # In clear, the only time that it is shown; None where no new one was asked for.
    tool_secret: str | None = field(repr=False)


def configure_voice_ai(
    *, organization_id: str, changes: Mapping[str, str | None], generate_tool_secret: bool = False
) -> ConfiguredVoiceAi:
    """As configure_account; a new tool secret voids the one before with the commit."""
    tool_secret = f"tool_{secrets.token_urlsafe(32)}" if generate_tool_secret else None
    if tool_secret is not None:
        changes = {**changes, _TOOL_FIELD: tool_secret}
    account = configure_account(organization_id=organization_id, provider=VoiceProvider.ELEVENLABS, changes=changes)
    return ConfiguredVoiceAi(account=account, tool_secret=tool_secret)
