"""What an organization has at Orbit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from calls.providers.setting import Setting, begins_with


@dataclass(frozen=True)
class OrbitCredentials:
    """The API key asks and signs browsers' tokens, the webhook secret signs what Orbit sends."""

    workspace: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    base_url: str = "https://api.orbit.example"


SETTINGS: Final = (
    Setting("workspace", "orbit_workspace", is_secret=False, max_length=100, fault=begins_with("ws-")),
    Setting("api_key", "orbit_api_key", label="API key"),
    Setting("webhook_secret", "orbit_webhook_secret"),
    # Of the trunk, not of the API.
    Setting("trunk_address", "orbit_trunk_address", is_secret=False, is_required=False),
)
