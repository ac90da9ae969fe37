"""Accounts and requests that the tests of the simulator share."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import requests

from calls.demo.simulator import (
    ElevenLabsAccount,
    ElevenLabsNumber,
    Pace,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from tests.calls.demo.simulator.receiver import Delivery, Receiver
from tests.waiting import PATIENCE

API_KEY = "sk_test"
WEBHOOK_SECRET = "wsec_test"
AGENT = "agent_1"
OUR_NUMBER = "+12025550100"
NUMBER_ID = "phnum_1"
SINCH_KEY = "669E367E-6BBA-48AB-AF15-266871C28135"
SINCH_SECRET = "BeIukql3pTKJ8RGL5zo0DA=="
TWILIO_SID = "AC" + "0" * 32
TWILIO_TOKEN = "12345"
CALLER = "+12025550177"
# The path of Sinch's callbacks.
CALLBACK = "/webhook/calls/sinch"
# Rings {noun} {name}, and tells of it in every way there is.
DIAL = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Dial callerId="+12025550100" action="/twilio/action?leg=1" '
    'record="record-from-answer-dual" recordingStatusCallback="/twilio/recording">'
    '<{noun} statusCallback="/twilio/leg" statusCallbackEvent="initiated ringing answered completed">{name}</{noun}>'
    "</Dial></Response>"
)


def customer(digit: int) -> str:
    """A number whose last digit chooses the outcome."""
    return f"+1202555019{digit}"


def quick_simulator(ours: str, *, pace: Pace | None = None) -> Simulator:
    """All three providers; their callbacks go to paths of `ours`."""
    return Simulator(
        ElevenLabsAccount(
            api_key=API_KEY,
            webhook_secret=WEBHOOK_SECRET,
            webhook_url=f"{ours}/elevenlabs",
            personalization_url=f"{ours}/personalization",
            personalization_headers={"Authorization": "Bearer tool-secret"},
            agents={AGENT: "Mia"},
            phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER, agent_id=AGENT),),
        ),
        SinchAccount(application_key=SINCH_KEY, application_secret=SINCH_SECRET, callback_url=f"{ours}{CALLBACK}"),
        TwilioAccount(
            account_sid=TWILIO_SID,
            auth_token=TWILIO_TOKEN,
            api_keys={"SK1": "secret"},
            voice_url=f"{ours}/twilio/inbound?org=1",
            status_callback=f"{ours}/twilio/status",
        ),
        pace=pace or Pace.quick(0.03),
    )


def elevenlabs(simulator: Simulator, method: str, path: str, *, key: str = API_KEY, **more: Any) -> requests.Response:
    url = f"{simulator.url}/v1/convai/{path}"
    return requests.request(method, url, headers={"xi-api-key": key}, timeout=PATIENCE, **more)


def dial(simulator: Simulator, to_number: str, **more: Any) -> requests.Response:
    body = {"agent_id": AGENT, "agent_phone_number_id": NUMBER_ID, "to_number": to_number, **more}
    return elevenlabs(simulator, "POST", "sip-trunk/outbound-call", json=body)


def sinch(
    simulator: Simulator,
    method: str,
    path: str,
    document: Any = None,
    *,
    key: str = SINCH_KEY,
    secret: str = SINCH_SECRET,
    moment: datetime | None = None,
) -> requests.Response:
    """Signed, as docs/voice/api-reference/authentication/signed-request describes it."""
    body = b"" if document is None else json.dumps(document).encode()
    content_type = "application/json" if body else ""
    timestamp = (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(hashlib.md5(body).digest()).decode() if body else ""  # noqa: S324
    text = f"{method}\n{digest}\n{content_type}\nx-timestamp:{timestamp}\n{path}"
    mac = hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).digest()
    headers = {"Authorization": f"Application {key}:{base64.b64encode(mac).decode()}", "x-timestamp": timestamp}
    if body:
        headers["Content-Type"] = content_type
    return requests.request(method, simulator.url + path, data=body or None, headers=headers, timeout=PATIENCE)


def twilio(
    simulator: Simulator, method: str, path: str, *, password: str = TWILIO_TOKEN, **more: Any
) -> requests.Response:
    url = f"{simulator.url}/2010-04-01/Accounts/{TWILIO_SID}/{path}"
    return requests.request(method, url, auth=(TWILIO_SID, password), timeout=PATIENCE, **more)


def control(simulator: Simulator, method: str, path: str, document: Any = None) -> requests.Response:
    return requests.request(method, f"{simulator.url}/simulator/{path}", json=document, timeout=PATIENCE)


def events(ours: Receiver) -> list[str]:
    return [delivery.document["event"] for delivery in ours.at(CALLBACK)]


def statuses(deliveries: list[Delivery]) -> list[str]:
    return [delivery.form["CallStatus"] for delivery in deliveries]
