"""An organization that Sinch knows, and callbacks as Sinch signs them."""

from __future__ import annotations

import json
import time
from typing import Any

from calls.models import Call, PhoneNumber, VoiceAccount
from calls.providers.sinch.signature import authorization, timestamp
from tests.calls import telephony
from tests.calls.providers.bodies import document
from tests.clients import Answer, ApiClient
from tether_calls.accounts.models import User

CALLBACKS = "/api/webhook/calls/sinch"
# Those of tests/fixtures/sinch.
KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
OUR_NUMBER, CALLER, CUSTOMER = "+14165550100", "+14165550171", "+14165550134"
INBOUND_ID = "822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257"
BROWSER_ID = "4398599d1ba84ef3bde0a82dfb61abed"


def make_account(user: User, **fields: Any) -> VoiceAccount:
    known: dict[str, Any] = {"account_id": KEY, "secrets": {"application_secret": SECRET}}
    return telephony.make_account(user, "sinch", **{**known, **fields})


def make_number(user: User, /, **fields: Any) -> PhoneNumber:
    return telephony.make_number(user, "sinch", OUR_NUMBER, **fields)


def make_dialled(user: User, /, **fields: Any) -> Call:
    """As POST /api/calls/sdk/initiate leaves it."""
    return telephony.make_dialled(user, "sinch", CUSTOMER, **fields)


def callback(name: str, **fields: Any) -> dict[str, Any]:
    """A fixture's callback, with other fields."""
    return {**document(f"sinch/{name}.json"), **fields}


def deliver(
    told: Any, *, key: str = KEY, secret: str = SECRET, ago: float = 0, headers: dict[str, str] | None = None
) -> Answer:
    """Post a callback, signed `ago` seconds before now; `headers` take the place of the signature's."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return ApiClient().request(
        "POST",
        CALLBACKS,
        data=body,
        content_type="application/json",
        **(signed(body, key=key, secret=secret, ago=ago) if headers is None else headers),
    )


def signed(body: bytes, *, key: str = KEY, secret: str = SECRET, ago: float = 0) -> dict[str, str]:
    stamp = timestamp(time.time() - ago)
    value = authorization(
        key=key,
        secret=secret,
        method="POST",
        path=CALLBACKS,
        timestamp=stamp,
        content_type="application/json",
        body=body,
    )
    return {"HTTP_AUTHORIZATION": value, "HTTP_X_TIMESTAMP": stamp}
