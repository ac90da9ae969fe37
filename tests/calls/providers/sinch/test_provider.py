from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from calls.demo.simulator import SinchAccount
from calls.providers.sinch.provider import SINCH
from calls.providers.sinch.signature import authorization, timestamp
from tests.calls.providers.bodies import body, document
from tests.calls.providers.capability_contracts import GivesTokens, HangsUp, HasTrunk, LooksUp
from tests.calls.providers.endpoint_contract import EndpointContract, Sample
from tests.calls.providers.worlds import SimulatedWorld, simulated

KEY, SECRET = "669E367E-6BBA-48AB-AF15-266871C28135", "BeIukql3pTKJ8RGL5zo0DA=="
PATH = "calls/sinch"
CALLBACKS = ("ace", "dice_answered", "dice_no_answer", "ice_browser", "ice_inbound", "notify_amd", "pie")


def changed(name: str, **words: object) -> Sample:
    return Sample(PATH, json.dumps({**document(f"sinch/{name}.json"), **words}).encode())


class TestProvider(HangsUp, LooksUp, GivesTokens, HasTrunk, EndpointContract):
    provider = SINCH
    capabilities = frozenset({"hang_up", "look_up", "browser_token", "sip_trunk"})
    values = {
        "application_key": KEY,
        "application_secret": SECRET,
        "sip_address": "trunk.example",
        "sip_username": "us",
        "sip_password": "a-password-of-the-trunk",
    }
    other_values = {"application_secret": "JViE5vDor0Sw3WllZka15Q=="}
    samples = tuple(Sample(PATH, body(f"sinch/{name}.json")) for name in CALLBACKS)
    unknown = (
        changed("ace", event="transferred"),
        changed("ice_inbound", originationType="SATELLITE", userId=None),
        changed("notify_amd", type="weather"),
    )

    @pytest.fixture
    def world(self) -> Iterator[SimulatedWorld]:
        with simulated(SinchAccount(application_key=KEY, application_secret=SECRET)) as running:
            yield running

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
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
