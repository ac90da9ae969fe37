"""What the last digit of the dialled number does to an AI call."""

from __future__ import annotations

import base64
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from calls.demo.simulator import Pace, Simulator
from calls.services.recordings.mp3 import inspect_mp3
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    AGENT,
    OUR_NUMBER,
    customer,
    dial,
    elevenlabs,
    quick_simulator,
)
from tests.waiting import wait_until


@pytest.mark.parametrize("digit", range(5))
def test_an_answered_call_brings_a_transcript_and_then_a_recording(
    simulator: Simulator, ours: Receiver, digit: int
) -> None:
    client_data = {"user_id": "call-1", "dynamic_variables": {"call_reason": "check-up", "retries": 2, "vip": True}}
    answer = dial(simulator, customer(digit), conversation_initiation_client_data=client_data)
    simulator.settle()

    assert answer.status_code == 200
    assert answer.json()["success"] is True
    transcript, audio = ours.at("/elevenlabs")
    data = transcript.document["data"]
    assert transcript.document["type"] == "post_call_transcription"
    assert data["conversation_id"] == answer.json()["conversation_id"]
    assert (data["agent_id"], data["user_id"], data["status"]) == (AGENT, "call-1", "done")
    assert data["analysis"]["transcript_summary"]
    assert {turn["role"] for turn in data["transcript"]} == {"agent", "user"}
    assert data["transcript"][-1]["message"] is None, "the turn that only calls a tool"
    variables = data["conversation_initiation_client_data"]["dynamic_variables"]
    assert (variables["call_reason"], variables["retries"], variables["vip"]) == ("check-up", 2, True)
    phone_call = data["metadata"]["phone_call"]
    assert (phone_call["direction"], phone_call["agent_number"]) == ("outbound", OUR_NUMBER)
    assert phone_call["external_number"] == customer(digit)

    assert audio.document["type"] == "post_call_audio"
    assert audio.headers["transfer-encoding"] == "chunked"
    assert set(audio.document["data"]) == {"agent_id", "conversation_id", "full_audio"}
    facts = inspect_mp3(io.BytesIO(base64.b64decode(audio.document["data"]["full_audio"])))
    assert facts.duration == pytest.approx(data["metadata"]["call_duration_secs"], abs=1)


def test_the_five_dialogues_differ(simulator: Simulator, ours: Receiver) -> None:
    for digit in range(5):
        dial(simulator, customer(digit))
    simulator.settle()

    bodies = [delivery.document for delivery in ours.at("/elevenlabs")]
    audio = {body["data"]["full_audio"] for body in bodies if body["type"] == "post_call_audio"}
    summaries = {
        body["data"]["analysis"]["transcript_summary"] for body in bodies if body["type"] == "post_call_transcription"
    }
    assert (len(audio), len(summaries)) == (5, 5)


@pytest.mark.parametrize("digit", [0, 4], ids=["a customer", "a mailbox"])
@pytest.mark.parametrize("reason", ["To confirm {agent} on Friday at two", "Is the {day}\n right?"])
def test_an_agent_that_is_told_why_it_calls_says_so(
    simulator: Simulator, ours: Receiver, digit: int, reason: str
) -> None:
    dial(simulator, customer(digit), conversation_initiation_client_data={"dynamic_variables": {"call_reason": reason}})
    simulator.settle()

    data = ours.at("/elevenlabs")[0].document["data"]
    words = [turn["message"] for turn in data["transcript"] if turn["message"]]
    told = " ".join(reason.split())
    assert sum(told in message for message in words) == 1
    assert any(f"this is {data['agent_name']}" in message for message in words)
    assert told in data["analysis"]["transcript_summary"]
    assert data["agent_name"] in data["analysis"]["transcript_summary"]


def test_an_agent_bears_its_own_name_whatever_the_number_has_to_say(simulator: Simulator, ours: Receiver) -> None:
    for digit in range(4):
        dial(simulator, customer(digit))
    simulator.settle()

    bodies = [delivery.document for delivery in ours.at("/elevenlabs")]
    for data in (body["data"] for body in bodies if body["type"] == "post_call_transcription"):
        words = " ".join(turn["message"] or "" for turn in data["transcript"])
        assert data["agent_name"] in words
        assert "Leo" not in words


@pytest.mark.parametrize(("digit", "reason", "sip_status"), [(5, "busy", 486), (6, "no-answer", 480)])
def test_a_call_that_nobody_takes_is_a_failure(
    simulator: Simulator, ours: Receiver, digit: int, reason: str, sip_status: int
) -> None:
    conversation_id = dial(simulator, customer(digit)).json()["conversation_id"]
    simulator.settle()

    (delivery,) = ours.at("/elevenlabs")
    data = delivery.document["data"]
    assert delivery.document["type"] == "call_initiation_failure"
    assert (data["conversation_id"], data["failure_reason"]) == (conversation_id, reason)
    assert data["metadata"]["type"] == "sip"
    assert data["metadata"]["body"]["sip_status_code"] == sip_status
    assert data["metadata"]["body"]["to_number"] == customer(digit)
    assert elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json()["status"] == "failed"


def test_a_refused_call_is_200_without_success(simulator: Simulator, ours: Receiver) -> None:
    answer = dial(simulator, customer(7))

    assert answer.status_code == 200
    assert (answer.json()["success"], answer.json()["conversation_id"]) == (False, None)
    happened = simulator.settle()
    assert (happened["dials"], happened["calls"], ours.deliveries) == (1, [], [])


def test_an_unheard_call_goes_on_without_its_answer(simulator: Simulator, ours: Receiver) -> None:
    url = f"{simulator.url}/v1/convai/sip-trunk/outbound-call"
    body = {"agent_id": AGENT, "agent_phone_number_id": "phnum_1", "to_number": customer(8)}
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, json=body, headers={"xi-api-key": "sk_test"}, timeout=0.2)
    wait_until(lambda: simulator.happened()["dials"] == 1)
    simulator.settle()

    transcript, _audio = ours.at("/elevenlabs")
    listed = elevenlabs(simulator, "GET", "conversations", params={"agent_id": AGENT}).json()["conversations"]
    assert [transcript.document["data"]["conversation_id"]] == [item["conversation_id"] for item in listed]


def test_doubled_callbacks_come_twice_with_the_audio_first(simulator: Simulator, ours: Receiver) -> None:
    dial(simulator, customer(9))
    simulator.settle()

    kinds = [delivery.document["type"] for delivery in ours.at("/elevenlabs")]
    assert kinds == ["post_call_audio"] * 2 + ["post_call_transcription"] * 2
    assert len({hashlib.sha256(delivery.body).digest() for delivery in ours.at("/elevenlabs")}) == 2


STATES = ["initiated", "in-progress", "processing", "done"]


@pytest.mark.parametrize(
    ("status", "pace"),
    [
        ("initiated", Pace(ringing=3_600)),
        ("in-progress", Pace(ringing=0.02, talking=3_600)),
        ("processing", Pace(ringing=0.02, talking=0.02, processing=3_600)),
        ("done", Pace.quick(0.02)),
    ],
)
def test_a_call_passes_through_its_states(ours: Receiver, status: str, pace: Pace) -> None:
    seen: list[str] = []
    with quick_simulator(ours.url, pace=pace) as simulator:
        conversation_id = dial(simulator, customer(0)).json()["conversation_id"]

        def is_reached() -> bool:
            seen.append(elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json()["status"])
            return seen[-1] == status

        wait_until(is_reached, what=status)

    assert seen == sorted(seen, key=STATES.index)


def test_many_dials_at_once_are_as_many_calls(simulator: Simulator) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: dial(simulator, customer(0)).json(), range(20)))

    happened = simulator.settle()
    assert len({answer["conversation_id"] for answer in answers}) == 20
    assert happened["dials"] == len(happened["calls"]) == 20
