"""ElevenLabs' webhooks: their signature, what is repeated and what is not, inbound calls."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Outcome, Pace, Simulator
from calls.demo.simulator.elevenlabs.webhooks import signature
from tests.calls.demo.simulator.receiver import Delivery, Receiver
from tests.calls.demo.simulator.worlds import (
    API_KEY,
    NUMBER_ID,
    OUR_NUMBER,
    WEBHOOK_SECRET,
    customer,
    dial,
    elevenlabs,
)


def is_signed(delivery: Delivery, secret: str) -> bool:
    """As https://elevenlabs.io/docs/eleven-api/resources/webhooks describes it."""
    fields = dict(field.split("=", 1) for field in delivery.headers["elevenlabs-signature"].split(","))
    expected = hmac.new(secret.encode(), fields["t"].encode() + b"." + delivery.body, hashlib.sha256).hexdigest()
    return fields["v0"] == expected and abs(time.time() - int(fields["t"])) < 60


def test_the_signature_is_that_of_the_official_vector() -> None:
    body = b'{"event_type": "speech.completed", "id": "123456"}'
    assert signature("test_secret", body, 1600000000) == (
        "t=1600000000,v0=f8a0d1dc33ee963cb54d2f31514555995e93313c9d2042c030adbb82b87fae13"
    )


@pytest.mark.parametrize("digit", [0, 5, 9])
def test_every_webhook_is_signed_over_its_raw_body(simulator: Simulator, ours: Receiver, digit: int) -> None:
    dial(simulator, customer(digit))
    simulator.settle()

    assert ours.at("/elevenlabs")
    for delivery in ours.at("/elevenlabs"):
        assert is_signed(delivery, WEBHOOK_SECRET)
        assert not is_signed(delivery, "another secret")


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_transcript_is_sent_again_and_the_audio_is_not(simulator: Simulator, ours: Receiver, status: int) -> None:
    # The transcript, the audio, and the transcript once more.
    ours.answer("/elevenlabs", (status, "{}"), (status, "{}"), (200, "{}"))
    dial(simulator, customer(0))
    happened = simulator.settle()

    transcript, audio, again = ours.at("/elevenlabs")
    assert transcript.body == again.body != audio.body
    assert is_signed(again, WEBHOOK_SECRET)
    notes = [(note["event"], note["attempt"], note["status"]) for note in happened["calls"][0]["callbacks"]]
    assert notes == [
        ("post_call_transcription", 1, status),
        ("post_call_audio", 1, status),
        ("post_call_transcription", 2, 200),
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_any_other_refusal_is_final(simulator: Simulator, ours: Receiver, status: int) -> None:
    ours.answer("/elevenlabs", (status, "{}"))
    dial(simulator, customer(0))
    simulator.settle()

    assert len(ours.at("/elevenlabs")) == 2


def test_a_target_that_is_away_is_tried_five_times_and_no_more() -> None:
    account = ElevenLabsAccount(
        api_key=API_KEY,
        # Nobody listens on port 1.
        webhook_url="http://127.0.0.1:1/elevenlabs",
        phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),),
    )
    with Simulator(account, pace=Pace(ringing=0, talking=0, processing=0, pause=0.001)) as simulator:
        dial(simulator, customer(0))
        notes = simulator.settle()["calls"][0]["callbacks"]

    assert [note["attempt"] for note in notes if note["event"] == "post_call_transcription"] == [1, 2, 3, 4, 5]
    assert [note["attempt"] for note in notes if note["event"] == "post_call_audio"] == [1]
    assert {(note["status"], note["problem"]) for note in notes} == {(None, "connection")}


def test_without_retries_and_without_a_url_nothing_is_sent_again(ours: Receiver) -> None:
    numbers = (ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),)
    once = ElevenLabsAccount(
        api_key=API_KEY, webhook_url=f"{ours.url}/elevenlabs", webhook_retries=False, phone_numbers=numbers
    )
    ours.answer("/elevenlabs", (500, "{}"))
    with Simulator(once, pace=Pace.quick(0.01)) as simulator:
        dial(simulator, customer(0))
        simulator.settle()
        assert len(ours.deliveries) == 2
        simulator.add_account(ElevenLabsAccount(api_key=API_KEY, phone_numbers=numbers))
        dial(simulator, customer(0))
        simulator.settle()
        assert len(ours.deliveries) == 2


def test_an_inbound_call_asks_who_is_calling_and_is_told_like_any_other(simulator: Simulator, ours: Receiver) -> None:
    personal = {"caller_name": "Jo", "dynamic_variables": {"caller_name": "Jo"}}
    ours.answer("/personalization", (200, personal))
    conversation_id = simulator.call_in("elevenlabs", from_number="+12025550177", to=OUR_NUMBER)
    simulator.settle()

    (asked,) = ours.at("/personalization")
    assert asked.headers["authorization"] == "Bearer tool-secret"
    assert set(asked.document) == {"caller_id", "agent_id", "called_number", "call_sid"}
    assert (asked.document["caller_id"], asked.document["called_number"]) == ("+12025550177", OUR_NUMBER)
    transcript, _audio = ours.at("/elevenlabs")
    data = transcript.document["data"]
    assert (data["conversation_id"], data["user_id"]) == (conversation_id, None)
    assert data["metadata"]["phone_call"]["direction"] == "inbound"
    assert data["metadata"]["phone_call"]["external_number"] == "+12025550177"
    assert data["conversation_initiation_client_data"]["dynamic_variables"]["caller_name"] == "Jo"


@pytest.mark.parametrize("answer", [(500, "{}"), (200, "no JSON"), (200, "[]")])
def test_an_agent_answers_even_if_nobody_tells_who_is_calling(
    simulator: Simulator, ours: Receiver, answer: tuple[int, str]
) -> None:
    ours.answer("/personalization", answer)
    simulator.call_in("elevenlabs", from_number="+12025550177", to=OUR_NUMBER)
    simulator.settle()

    assert len(ours.at("/elevenlabs")) == 2


def test_a_caller_who_hangs_up_while_it_rings_leaves_no_webhook(simulator: Simulator, ours: Receiver) -> None:
    conversation_id = simulator.call_in(
        "elevenlabs", from_number="+12025550177", to=OUR_NUMBER, outcome=Outcome.CANCELED
    )
    simulator.settle()

    assert ours.at("/elevenlabs") == []
    assert elevenlabs(simulator, "GET", f"conversations/{conversation_id}").json()["status"] == "failed"


def test_the_bodies_are_json_with_type_time_and_data(simulator: Simulator, ours: Receiver) -> None:
    dial(simulator, customer(0))
    simulator.settle()

    for delivery in ours.at("/elevenlabs"):
        assert delivery.headers["content-type"] == "application/json"
        document = json.loads(delivery.body)
        assert set(document) == {"type", "event_timestamp", "data"}
        assert abs(document["event_timestamp"] - time.time()) < 60
