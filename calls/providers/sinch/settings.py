"""What an organization has at Sinch."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

from calls.providers.setting import Setting

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)

_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# https://developers.sinch.com/docs/sms/api-reference/#base-url
SMS_REGIONS: Final = ("us", "eu", "au", "br", "ca")


@dataclass(frozen=True)
class SinchCredentials:
    """Decrypted: never logged, never shown. The secret is base64, as the dashboard shows it."""

    application_key: str
    application_secret: str = field(repr=False)
    # Texts are another product of theirs, with an address, a token and a way to sign of its own.
    sms_service_plan_id: str = ""
    sms_api_token: str = field(default="", repr=False)
    sms_webhook_secret: str = field(default="", repr=False)
    sms_region: str = ""
    # Or a region's: https://calling-euc1.api.sinch.com
    base_url: str = "https://calling.api.sinch.com"


def _not_base64(value: str) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "Not base64, as Sinch's dashboard shows it"
    return None


def _no_region(value: str) -> str | None:
    return None if value in SMS_REGIONS else f"One of {', '.join(SMS_REGIONS)}"


def _no_id(value: str) -> str | None:
    return None if _ID.fullmatch(value) else "Letters, digits, - and _ only"


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
    Setting(
        "sms_service_plan_id",
        "sinch_sms_service_plan_id",
        is_secret=False,
        is_required=False,
        max_length=100,
        label="SMS service plan ID",
        help_text="For texts, with the plan's API token and webhook secret.",
        fault=_no_id,
    ),
    Setting("sms_api_token", "sinch_sms_api_token", is_required=False, label="SMS API token"),
    Setting(
        "sms_webhook_secret",
        "sinch_sms_webhook_secret",
        is_required=False,
        label="SMS webhook secret",
        help_text="What the service plan signs its callbacks with.",
    ),
    Setting(
        "sms_region",
        "sinch_sms_region",
        is_secret=False,
        is_required=False,
        max_length=2,
        label="SMS region",
        help_text="Where the service plan is: us, eu, au, br or ca. Left out: us.",
        fault=_no_region,
    ),
)
# Without these no text can be sent, whatever calls need.
TEXT_SETTINGS: Final = ("sms_service_plan_id", "sms_api_token")
