"""The organization's account with the agents' provider, and the secret that its agents' tools send."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.models import VoiceAccount
from calls.providers.base import Provider
from calls.providers.registry import agents_provider
from calls.services.voice_accounts.configure_account import configure_account

# The setting that every provider of agents has for it.
TOOL_SETTING = "tool_secret"


@dataclass(frozen=True)
class ConfiguredVoiceAi:
    account: VoiceAccount
    # In clear, the only time that it is shown; None where no new one was asked for.
    tool_secret: str | None = field(repr=False)


def configure_voice_ai(
    *, organization_id: str, changes: Mapping[str, str | None], generate_tool_secret: bool = False
) -> ConfiguredVoiceAi:
    """As configure_account; a new tool secret voids the one before with the commit."""
    provider = agents_provider()
    tool_secret = f"tool_{secrets.token_urlsafe(32)}" if generate_tool_secret else None
    if tool_secret is not None:
        changes = {**changes, _field(provider, TOOL_SETTING): tool_secret}
    account = configure_account(organization_id=organization_id, provider=provider.name, changes=changes)
    return ConfiguredVoiceAi(account=account, tool_secret=tool_secret)


def _field(provider: Provider[Any], name: str) -> str:
    return next(setting.field for setting in provider.settings if setting.name == name)
