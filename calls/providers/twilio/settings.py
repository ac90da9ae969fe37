"""What an organization has at Twilio."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from calls.providers.setting import Setting, begins_with


@dataclass(frozen=True)
class TwilioCredentials:
    """Decrypted: never logged, never shown.

    The auth token signs webhooks; the API key, which can be revoked alone, asks and signs access tokens.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    api_key_sid: str
    api_key_secret: str = field(repr=False)
    twiml_app_sid: str
    messaging_service_sid: str = ""
    base_url: str = "https://api.twilio.com"


# Twilio's identifiers begin with two letters for their kind.
SETTINGS: Final = (
    Setting(
        "account_sid",
        "twilio_account_sid",
        is_secret=False,
        max_length=100,
        label="account SID",
        fault=begins_with("AC"),
    ),
    Setting("auth_token", "twilio_auth_token"),
    Setting(
        "api_key_sid",
        "twilio_api_key_sid",
        is_secret=False,
        max_length=100,
        label="API key SID",
        fault=begins_with("SK"),
    ),
    Setting("api_key_secret", "twilio_api_key_secret", label="API key secret"),
    Setting(
        "twiml_app_sid",
        "twilio_twiml_app_sid",
        is_secret=False,
        max_length=100,
        label="TwiML app SID",
        fault=begins_with("AP"),
    ),
    Setting(
        "messaging_service_sid",
        "twilio_messaging_service_sid",
        is_secret=False,
        is_required=False,
        max_length=100,
        label="messaging service SID",
        help_text="The service whose features texts are sent with. The numbers that send are in its pool.",
        fault=begins_with("MG"),
    ),
)
# Without these no text can be sent, whatever calls need.
TEXT_SETTINGS: Final = ("account_sid", "api_key_sid", "api_key_secret")
