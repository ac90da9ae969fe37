"""What a caller asks an agent for in so many words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator, SinchAccount
from calls.demo.simulator.elevenlabs.wishes import called_back_at
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    AGENT,
    API_KEY,
    CALLBACK,
    CALLER,
    NUMBER_ID,
    OUR_NUMBER,
    SINCH_KEY,
    SINCH_SECRET,
    customer,
    dial,
    elevenlabs,
)

NOW = datetime(2026, 5, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "when"),
    [
        ("Call me tomorrow at three.", "2026-05-16T15:00"),
        ("Could you call me back tomorrow at 10, please?", "2026-05-16T10:00"),
        ("call me today at noon", "2026-05-15T12:00"),
        ("Call me tomorrow at 16", "2026-05-16T16:00"),
        ("Call me tomorrow at twelve", "2026-05-16T12:00"),
        ("Call me tomorrow at 25", None),
        ("Call me tomorrow at teatime", None),
        ("Call me tomorrow", None),
        ("Where is my parcel?", None),
    ],
)
def test_a_call_at_an_hour_of_a_day_is_understood(words: str, when: str | None) -> None:
    assert called_back_at(words, NOW) == when


LINE = "+12025550111"
RINGS = {"action": {"name": "connectMxp", "destination": {"type": "username", "endpoint": "us"}}}


@pytest.fixture
def agents(ours: Receiver) -> Iterator[Simulator]:
    """An agent with tools, and a line of a person's at Sinch."""
    with Simulator(
        ElevenLabsAccount(
            api_key=API_KEY,
            webhook_url=f"{ours.url}/elevenlabs",
            tools_url=f"{ours.url}/tools",
            tools_headers={"Authorization": "Bearer tool-secret"},
            agents={AGENT: "Mia"},
            phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER, agent_id=AGENT),),
        ),
        SinchAccount(
            application_key=SINCH_KEY,
            application_secret=SINCH_SECRET,
            callback_url=f"{ours.url}{CALLBACK}",
            phone_numbers=(LINE,),
        ),
        pace=Pace.quick(),
    ) as running:
        ours.answer(CALLBACK, (200, RINGS))
        yield running


def call_in(simulator: Simulator, says: str, **more: Any) -> dict[str, Any]:
    """The conversation, once nothing goes on any more."""
    conversation_id = simulator.call_in("elevenlabs", from_number=CALLER, to=OUR_NUMBER, says=says, **more)
    simulator.settle()
    told: dict[str, Any] = elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json()
    return told


def last_words(conversation: dict[str, Any]) -> str:
    spoken: list[str] = [turn["message"] for turn in conversation["transcript"] if turn["message"]]
    return spoken[-1]


@pytest.mark.parametrize(
    ("words", "tool"),
    [
        ("I want to speak to a person.", "transfer"),
        ("Can I talk to somebody?", "transfer"),
        ("Please connect me with sales.", "transfer"),
        ("Don't call me again.", "do-not-call"),
        ("Please stop calling me.", "do-not-call"),
        ("Call me tomorrow at three.", "schedule-callback"),
    ],
)
def test_the_agent_uses_the_tool_that_is_meant(agents: Simulator, ours: Receiver, words: str, tool: str) -> None:
    ours.answer(f"/tools/{tool}", (200, {"success": False, "error": "Not now."}))
    conversation = call_in(agents, words)

    (told,) = ours.at(f"/tools/{tool}")
    assert told.headers["authorization"] == "Bearer tool-secret"
    assert told.document["conversation_id"] == conversation["conversation_id"]
    assert told.document["caller_id"] == CALLER
    assert last_words(conversation) == "Not now."


@pytest.mark.parametrize("words", ["Where is my parcel?", "A person has called me.", ""])
def test_without_a_wish_no_tool_is_used(agents: Simulator, ours: Receiver, words: str) -> None:
    call_in(agents, words)
    assert {delivery.path for delivery in ours.deliveries} == {"/elevenlabs"}


def test_the_caller_arrives_at_the_number_that_the_agent_is_told(agents: Simulator, ours: Receiver) -> None:
    ours.answer("/tools/transfer", (200, {"success": True, "transfer_number": LINE, "message": "x"}))
    conversation = call_in(agents, "I want to speak to a person.", people=["busy"])

    ice, dice = (delivery.document for delivery in ours.at(CALLBACK))
    assert (ice["event"], ice["cli"], ice["to"]["endpoint"]) == ("ice", OUR_NUMBER, LINE)
    assert (dice["event"], dice["result"]) == ("dice", "BUSY")
    end = conversation["transcript"][-1]
    assert end["tool_calls"][0]["tool_name"] == "transfer_to_number"
    result = end["tool_results"][0]["result"]
    assert (result["result_type"], result["transfer_number"]) == ("transfer_to_number_sip_success", LINE)
    assert json.loads(end["tool_results"][0]["result_value"]) == result
    assert conversation["metadata"]["termination_reason"] == "transfer_to_number tool was called."


def test_a_number_that_no_carrier_has_leaves_the_caller_with_the_agent(agents: Simulator, ours: Receiver) -> None:
    ours.answer("/tools/transfer", (200, {"success": True, "transfer_number": "+12025550999", "message": "x"}))
    conversation = call_in(agents, "I want to speak to a person.")
    assert ours.at(CALLBACK) == []
    assert conversation["metadata"]["termination_reason"] == "end_call tool was called."


def test_a_caller_whom_nobody_can_speak_to_is_offered_a_call_back(agents: Simulator, ours: Receiver) -> None:
    nobody = {"success": False, "reason": "nobody_available", "callback_offered": True, "message": "x"}
    ours.answer("/tools/transfer", (200, nobody))
    ours.answer("/tools/schedule-callback", (200, {"success": True, "message": "Tomorrow, then."}))
    conversation = call_in(agents, "I want to speak to a person.")

    (asked,) = ours.at("/tools/schedule-callback")
    assert asked.document["phone_number"] == CALLER
    assert asked.document["when"].endswith("T10:00")
    assert last_words(conversation) == "Tomorrow, then."


def test_a_mailbox_is_left_a_message_and_the_conversation_says_so(agents: Simulator) -> None:
    conversation_id = dial(agents, customer(4)).json()["conversation_id"]
    agents.settle()
    conversation = elevenlabs(agents, "GET", f"conversations/{conversation_id}").json()

    assert conversation["metadata"]["phone_call"]["call_result"] == "voicemail"
    assert conversation["metadata"]["termination_reason"] == "voicemail_detection tool was called."
    result = conversation["transcript"][-1]["tool_results"][0]["result"]
    assert result["result_type"] == "voicemail_detection_success"
    assert result["voicemail_message"]


def test_a_telephone_that_screens_asks_who_is_calling_first(agents: Simulator) -> None:
    conversation_id = dial(agents, "+12025550133").json()["conversation_id"]
    agents.settle()
    transcript = elevenlabs(agents, "GET", f"conversations/{conversation_id}").json()["transcript"]

    assert [turn["role"] for turn in transcript[:3]] == ["user", "agent", "user"]
    assert transcript[0]["message"].startswith("This call is screened.")
    assert transcript[1]["message"].startswith("This is Mia.")
    assert len(transcript) > 4
