"""What an organization has at each provider. Decrypted values: never logged, never shown."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ElevenLabsCredentials:
    """`webhook_secret` signs what ElevenLabs sends of itself, `tool_secret` is what its tools send as Bearer."""

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    tool_secret: str = field(repr=False)
    # Accounts with data residency have hosts of their own: https://api.eu.residency.elevenlabs.io
    base_url: str = "https://api.elevenlabs.io"


@dataclass(frozen=True)
class SinchCredentials:
    """The secret is base64, as the dashboard shows it."""

    application_key: str
    application_secret: str = field(repr=False)
    # Or a region's: https://calling-euc1.api.sinch.com
    base_url: str = "https://calling.api.sinch.com"


@dataclass(frozen=True)
class TwilioCredentials:
    """The auth token signs webhooks; the API key, which can be revoked alone, asks and signs access tokens."""

    account_sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    twiml_app_sid: str
    base_url: str = "https://api.twilio.com"
