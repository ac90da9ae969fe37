"""An organization that Orbit knows, and events as Orbit signs them."""

from __future__ import annotations

import json
import time
from typing import Any

from calls.models import Call, PhoneNumber, VoiceAccount
from tests.calls import telephony
from tests.calls.providers.bodies import document
from tests.calls.providers.orbit.signature import HEADER, WORKSPACE, sign
from tests.clients import Answer, ApiClient
from tests.factories import make_call
from tether_calls.accounts.models import User

EVENTS = "/api/webhook/calls/orbit"
OUR_NUMBER, CALLER, CUSTOMER = "+14165550100", "+14165550171", "+14165550134"
# Every setting; what is not secret is the account's name there, and where agents' calls go.
VALUES = {
    "workspace": "ws-1",
    "api_key": "key-of-orbit-1234",
    "webhook_secret": "secret-of-orbit-5678",
    "trunk_address": "trunk.example",
}


def make_account(user: User, **fields: Any) -> VoiceAccount:
    secrets = {name: value for name, value in VALUES.items() if name != "workspace"}
    known: dict[str, Any] = {"account_id": VALUES["workspace"], "secrets": secrets}
    return telephony.make_account(user, "orbit", **{**known, **fields})


def make_number(user: User, **fields: Any) -> PhoneNumber:
    return telephony.make_number(user, "orbit", OUR_NUMBER, **fields)


def make_running(user: User, **fields: Any) -> Call:
    defaults: dict[str, Any] = {"provider": "orbit", "direction": "inbound", "status": "in-progress", "duration": None}
    return make_call(user, **{**defaults, **fields})


def event(name: str, call: dict[str, Any] | None = None, **words: Any) -> dict[str, Any]:
    """A fixture's event, with other fields."""
    told = document(f"orbit/{name}.json")
    return {**told, "call": {**told["call"], **(call or {})}, **words}


def deliver(told: Any, *, secret: str = VALUES["webhook_secret"], workspace: str = VALUES["workspace"]) -> Answer:
    body = json.dumps(told).encode()
    headers = {HEADER: sign(body=body, secret=secret, timestamp=int(time.time())), WORKSPACE: workspace}
    return ApiClient().post(EVENTS, body, headers=headers)
