"""An organization that Twilio knows, and requests as Twilio signs them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from calls.models import Call, PhoneNumber, VoiceAccount
from calls.providers.twilio.signature import sign
from tests.calls import telephony
from tests.calls.providers.bodies import form
from tests.clients import Answer, ApiClient
from tether_calls.accounts.models import User

WEBHOOKS = "/api/webhook/calls/twilio"
# Those of tests/fixtures/twilio.
ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
TOKEN, KEY_SID, KEY_SECRET = "token", "SK0123456789abcdef0123456789abcdef", "key secret"
OUR_NUMBER, CALLER, CUSTOMER = "+14165550100", "+14165550171", "+14165550134"
CALL_SID, LEG_SID = "CA00000000000000000000000000000001", "CA00000000000000000000000000000002"


def make_account(user: User, **fields: Any) -> VoiceAccount:
    secrets = {"auth_token": TOKEN, "api_key_sid": KEY_SID, "api_key_secret": KEY_SECRET, "twiml_app_sid": "AP1"}
    known: dict[str, Any] = {"account_id": ACCOUNT_SID, "secrets": secrets}
    return telephony.make_account(user, "twilio", **{**known, **fields})


def make_number(user: User, /, **fields: Any) -> PhoneNumber:
    return telephony.make_number(user, "twilio", OUR_NUMBER, **fields)


def make_dialled(user: User, /, **fields: Any) -> Call:
    """As POST /api/calls/sdk/initiate leaves it."""
    return telephony.make_dialled(user, "twilio", CUSTOMER, **fields)


def request(name: str, **fields: str) -> dict[str, str]:
    """A fixture's form, with other fields."""
    return {**form(f"twilio/{name}.txt"), **fields}


def deliver(
    action: str,
    told: dict[str, str],
    *,
    token: str = TOKEN,
    query: str = "",
    base_url: str = "http://testserver",
    signature: str | None = None,
) -> Answer:
    """Post a form, signed over `base_url` and its fields."""
    path = f"{WEBHOOKS}/{action}{query}"
    made = sign(url=base_url + path, token=token, pairs=list(told.items()))
    return ApiClient().request(
        "POST",
        path,
        data=urlencode(told).encode(),
        content_type="application/x-www-form-urlencoded",
        **({"HTTP_X_TWILIO_SIGNATURE": made if signature is None else signature} if signature != "" else {}),
    )
