"""What an organization has at Sinch."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from calls.providers.base import Setting

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)


@dataclass(frozen=True)
class SinchCredentials:
    """Decrypted: never logged, never shown. The secret is base64, as the dashboard shows it."""

    application_key: str
    application_secret: str = field(repr=False)
    # Or a region's: https://calling-euc1.api.sinch.com
    base_url: str = "https://calling.api.sinch.com"


def _not_base64(value: str) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "Not base64, as Sinch's dashboard shows it"
    return None


def _no_host(value: str) -> str | None:
    return None if _HOST.fullmatch(value) else "Not a host, or host:port"


SETTINGS: Final = (
    Setting("application_key", "sinch_application_key", is_secret=False, max_length=100),
    Setting("application_secret", "sinch_application_secret", fault=_not_base64),
    # The trunk that agents' calls go over: not of the application, so not in its credentials.
    Setting(
        "sip_address",
        "sinch_sip_address",
        is_secret=False,
        is_required=False,
        label="SIP address",
        help_text="Where agents' calls are sent: a host, or host:port.",
        fault=_no_host,
    ),
    Setting("sip_username", "sinch_sip_username", is_secret=False, is_required=False, label="SIP username"),
    Setting("sip_password", "sinch_sip_password", is_required=False, label="SIP password"),
)
