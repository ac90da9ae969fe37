from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from calls.demo.simulator import ElevenLabsAccount
from calls.providers import tools
from calls.providers.call_state import ProviderState
from calls.providers.elevenlabs.provider import ELEVENLABS
from calls.providers.elevenlabs.signature import HEADER, sign
from tests.calls.providers.bodies import body, document
from tests.calls.providers.capability_contracts import (
    ErasesCalls,
    HangsUp,
    HoldsConversations,
    HostsAgents,
    Listens,
)
from tests.calls.providers.endpoint_contract import EndpointContract, Sample
from tests.calls.providers.provider_contract import question
from tests.calls.providers.worlds import SimulatedWorld, simulated

API_KEY, SECRET, TOOL_SECRET = "sk_test", "wsec_test", "tool_test"
EVENTS, PERSONALIZATION, TOOLS = "elevenlabs", "elevenlabs/personalization", "elevenlabs/tools"
DELIVERIES = (
    "call_initiation_failure_sip",
    "call_initiation_failure_twilio",
    "post_call_audio",
    "post_call_transcription",
    "post_call_transcription_inbound",
    "tool_request",
)


def changed(name: str, data: Mapping[str, Any] | None = None, **words: Any) -> Sample:
    told = document(f"elevenlabs/{name}.json")
    return Sample(EVENTS, json.dumps({**told, "data": {**told["data"], **(data or {})}, **words}).encode())


class TestProvider(HostsAgents, ErasesCalls, HangsUp, Listens, HoldsConversations, EndpointContract):
    provider = ELEVENLABS
    capabilities = frozenset(
        {
            "answer_number",
            "carrier_leg",
            "change_agent",
            "conversation_of",
            "dial",
            "erase_call",
            "find_agent",
            "forget_number",
            "give_tools",
            "handover_host",
            "hang_up",
            "listen",
            "keep_secret",
            "look_up",
            "make_agent",
            "read_agent",
            "register_tool",
            "registered_tools",
            "tools",
        }
    )
    values = {"api_key": API_KEY, "webhook_secret": SECRET, "tool_secret": TOOL_SECRET}
    other_values = {"webhook_secret": "wsec_of_another", "tool_secret": "tool_of_another"}
    samples = (
        *(Sample(EVENTS, body(f"elevenlabs/{name}.json")) for name in DELIVERIES),
        Sample(PERSONALIZATION, body("elevenlabs/personalization.json")),
        *(Sample(f"{TOOLS}/{tool.name}", body("elevenlabs/tool.json")) for tool in tools.TOOLS),
    )
    unknown = (
        changed("post_call_transcription", type="post_call_haiku"),
        changed("post_call_transcription", {"status": "levitating", "metadata": {"phone_call": {"call_result": "x"}}}),
        Sample(EVENTS, body("elevenlabs/answering_machine_detection.json")),
    )

    @pytest.fixture
    def world(self) -> Iterator[SimulatedWorld]:
        with simulated(ElevenLabsAccount(api_key=API_KEY)) as running:
            yield running

    def signed(self, sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
        """Events have a signature; tools, and the question who calls, come with the tools' secret."""
        if sample.path.startswith((PERSONALIZATION, TOOLS)):
            return {"authorization": f"Bearer {values['tool_secret']}"}
        return {HEADER.lower(): sign(body=sample.body, secret=values["webhook_secret"], timestamp=int(time.time()))}


def test_an_erased_conversation_is_unknown_there() -> None:
    with simulated(ElevenLabsAccount(api_key=API_KEY)) as world:
        credentials = ELEVENLABS.credentials_from({"api_key": API_KEY, "base_url": world.url})
        call = world.over()
        assert ELEVENLABS.look_up(credentials, question(call)).state is ProviderState.OVER

        ELEVENLABS.erase_call(credentials, call)

        assert ELEVENLABS.look_up(credentials, question(call)).state is ProviderState.UNKNOWN
