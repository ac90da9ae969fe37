from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from calls.demo.simulator import SinchAccount
from calls.providers.sinch import text_signature
from calls.providers.sinch.provider import SINCH
from calls.providers.sinch.signature import authorization, timestamp
from tests.calls.providers.bodies import body, document
from tests.calls.providers.capability_contracts import GivesTokens, HangsUp, HasTrunk, LooksUp, SendsTexts, TellsPersons
from tests.calls.providers.endpoint_contract import EndpointContract, Sample
from tests.calls.providers.worlds import SimulatedWorld, simulated

KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
PLAN, TOKEN, TEXT_SECRET = "plan-1", "the-token-of-the-plan", "the secret of its callbacks"
ACCOUNT = SinchAccount(
    application_key=KEY,
    application_secret=SECRET,
    sms_service_plan_id=PLAN,
    sms_api_token=TOKEN,
    sms_webhook_secret=TEXT_SECRET,
)
PATH, OF_ACCOUNT = "calls/sinch", f"?account={KEY}"
TEXTS, TEXT_REPORTS = ("text", "text_stop", "text_media"), ("text_delivered", "text_failed", "text_summary")
CALLBACKS = ("ace", "dice_answered", "dice_no_answer", "ice_browser", "ice_inbound", "notify_amd", "pie")


def changed(name: str, **words: object) -> Sample:
    return Sample(PATH, json.dumps({**document(f"sinch/{name}.json"), **words}).encode())


class TestProvider(HangsUp, TellsPersons, LooksUp, GivesTokens, HasTrunk, SendsTexts, EndpointContract):
    provider = SINCH
    capabilities = frozenset({"hang_up", "tell_person", "look_up", "browser_token", "sip_trunk", "send_text"})
    values = {
        "application_key": KEY,
        "application_secret": SECRET,
        "sip_address": "trunk.example",
        "sip_username": "us",
        "sip_password": "a-password-of-the-trunk",
        "sms_service_plan_id": PLAN,
        "sms_api_token": TOKEN,
        "sms_webhook_secret": TEXT_SECRET,
        "sms_region": "us",
    }
    other_values = {
        "application_secret": "JViE5vDor0Sw3WllZka15Q==",
        "sms_api_token": "another one's",
        "sms_webhook_secret": "another one's",
    }
    samples = (
        *(Sample(PATH, body(f"sinch/{name}.json")) for name in CALLBACKS),
        *(Sample("sinch/sms", body(f"sinch/{name}.json"), OF_ACCOUNT) for name in TEXTS),
        *(Sample("sinch/delivery-receipt", body(f"sinch/{name}.json"), OF_ACCOUNT) for name in TEXT_REPORTS),
    )
    unknown = (
        changed("ace", event="transferred"),
        changed("ice_inbound", originationType="SATELLITE", userId=None),
        changed("notify_amd", type="weather"),
        Sample("sinch/sms", json.dumps({"type": "mo_smell", "id": "1"}).encode(), OF_ACCOUNT),
    )

    @pytest.fixture
    def world(self) -> Iterator[SimulatedWorld]:
        with simulated(ACCOUNT) as running:
            yield running

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
        if sample.path.startswith("sinch/"):
            nonce, moment = "01FJA8B4A7BM43YGWSG9GBV067", str(int(time.time()))
            signed = text_signature.sign(
                secret=values["sms_webhook_secret"], body=sample.body, nonce=nonce, timestamp=moment
            )
            return {
                text_signature.SIGNATURE: signed,
                text_signature.NONCE: nonce,
                text_signature.TIMESTAMP: moment,
            }
        stamp = timestamp(time.time())
        signature = authorization(
            key=values["application_key"],
            secret=values["application_secret"],
            method="POST",
            path=urlsplit(sample.url).path,
            timestamp=stamp,
            content_type="application/json",
            body=sample.body,
        )
        return {"authorization": signature, "x-timestamp": stamp}
