"""The contracts, inherited by a provider that is no part of the product."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.calls.providers.bodies import body
from tests.calls.providers.capability_contracts import GivesTokens, HangsUp, HasTrunk, LooksUp
from tests.calls.providers.endpoint_contract import EndpointContract, Sample
from tests.calls.providers.orbit.office import VALUES, event
from tests.calls.providers.orbit.provider import ORBIT, ORBIT_THAT_HANGS_UP
from tests.calls.providers.orbit.signature import HEADER, WORKSPACE, sign

PATH = "calls/orbit"


def changed(name: str, call: dict[str, Any] | None = None, **words: Any) -> Sample:
    return Sample(PATH, json.dumps(event(name, call, **words)).encode())


class TestProvider(LooksUp, GivesTokens, HasTrunk, EndpointContract):
    provider = ORBIT
    capabilities = frozenset({"look_up", "browser_token", "sip_trunk"})
    values = VALUES
    other_values = {"webhook_secret": "another", "api_key": "another"}
    samples = tuple(
        Sample(PATH, body(f"orbit/{name}.json"))
        for name in ("route_inbound", "route_browser", "state_talking", "state_finished")
    )
    unknown = (
        changed("state_talking", event="call.hummed"),
        changed("state_talking", {"state": "whistling", "way": "up"}),
        changed("route_inbound", {"state": 7}),
    )

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
        signature = sign(body=sample.body, secret=values["webhook_secret"], timestamp=int(time.time()))
        return {HEADER: signature, WORKSPACE: values["workspace"]}


class TestProviderThatHangsUp(HangsUp, TestProvider):
    provider = ORBIT_THAT_HANGS_UP
    capabilities = TestProvider.capabilities | {"hang_up"}
