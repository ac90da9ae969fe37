"""The simulator itself: what happened, several at once, limits, starting and stopping."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

import pytest
import requests

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import (
    API_KEY,
    CALLER,
    NUMBER_ID,
    OUR_NUMBER,
    SINCH_KEY,
    SINCH_SECRET,
    TWILIO_SID,
    TWILIO_TOKEN,
    control,
    customer,
    dial,
    elevenlabs,
    quick_simulator,
)
from tests.waiting import PATIENCE, wait_until

ACCOUNT = ElevenLabsAccount(
    api_key=API_KEY, phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),)
)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("faults", {"provider": "nobody"}),
        ("faults", {"provider": "sinch", "fault": "odd"}),
        ("faults", {"provider": "sinch", "surprise": True}),
        ("inbound", {"provider": "sinch", "from": CALLER}),
        ("inbound", {"provider": "elevenlabs", "from": CALLER, "to": "+12025550199"}),
        ("inbound", {"provider": "twilio", "from": CALLER, "to": OUR_NUMBER, "account": "AC1"}),
        ("accounts", {"provider": "sinch"}),
        ("accounts", []),
    ],
)
def test_a_wrong_wish_is_422_with_a_sentence(simulator: Simulator, path: str, document: Any) -> None:
    answer = control(simulator, "POST", path, document)

    assert answer.status_code == 422
    assert answer.json()["error"]


def test_what_happened_can_be_read(simulator: Simulator) -> None:
    started = control(simulator, "POST", "inbound", {"provider": "elevenlabs", "from": CALLER, "to": OUR_NUMBER}).json()
    dial(simulator, customer(0))
    dial(simulator, customer(7))
    simulator.settle()
    happened = control(simulator, "GET", "calls").json()

    assert (happened["dials"], happened["under_way"]) == (2, 0)
    assert happened["requests"] == {"elevenlabs outbound-call": 2}
    inbound, outbound = happened["calls"]
    assert (inbound["id"], inbound["direction"], inbound["from"]) == (started["id"], "inbound", CALLER)
    assert (outbound["direction"], outbound["to"], outbound["status"]) == ("outbound", customer(0), "done")
    assert [note["event"] for note in inbound["callbacks"]] == [
        "personalization",
        "post_call_transcription",
        "post_call_audio",
    ]
    assert all(note["status"] == 200 for note in inbound["callbacks"])


def test_a_reset_leaves_the_configured_accounts(ours: Receiver) -> None:
    with Simulator(ACCOUNT, pace=Pace(ringing=3_600)) as simulator:
        dial(simulator, customer(0))
        simulator.fail("elevenlabs", status=500)
        control(simulator, "POST", "accounts", {"provider": "elevenlabs", "api_key": "sk_other"})
        elevenlabs(simulator, "DELETE", f"phone-numbers/{NUMBER_ID}")
        assert control(simulator, "POST", "reset").status_code == 204

        assert simulator.happened() == {"dials": 0, "under_way": 0, "requests": {}, "calls": [], "texts": []}
        assert elevenlabs(simulator, "GET", "phone-numbers").json()[0]["phone_number"] == OUR_NUMBER
        assert elevenlabs(simulator, "GET", "phone-numbers", key="sk_other").status_code == 401


def test_a_reset_leaves_the_accounts_that_it_was_configured_with_later() -> None:
    with Simulator() as simulator:
        simulator.configure(ACCOUNT)
        control(simulator, "POST", "reset")

        assert elevenlabs(simulator, "GET", "phone-numbers").json()[0]["phone_number"] == OUR_NUMBER


def test_an_unheard_dial_is_made_at_every_provider(simulator: Simulator) -> None:
    account = f"/2010-04-01/Accounts/{TWILIO_SID}"
    destination = {"type": "number", "endpoint": customer(8)}
    callout = {"method": "ttsCallout", "ttsCallout": {"destination": destination}}
    form = {"To": customer(8), "From": OUR_NUMBER, "Twiml": "<Response/>"}
    requested: list[tuple[str, dict[str, Any]]] = [
        ("/calling/v1/callouts", {"json": callout, "auth": (SINCH_KEY, SINCH_SECRET)}),
        (f"{account}/Calls.json", {"data": form, "auth": (TWILIO_SID, TWILIO_TOKEN)}),
    ]
    for path, more in requested:
        with pytest.raises(requests.ReadTimeout):
            requests.post(simulator.url + path, timeout=0.1, **more)

    # Who gives up so early may do so before the request has been read.
    wait_until(lambda: simulator.happened()["dials"] == 2)
    happened = simulator.settle()
    assert happened["dials"] == 2
    assert [(call["provider"], call["status"]) for call in happened["calls"]] == [
        ("sinch", "FINAL"),
        ("twilio", "completed"),
    ]


def test_more_calls_at_once_than_the_plan_allows_are_429(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.demo.simulator.world.MOST_UNDER_WAY", 2)
    with Simulator(ACCOUNT, pace=Pace(ringing=3_600)) as simulator:
        answers = [dial(simulator, customer(0)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["detail"]["status"] == "too_many_concurrent_requests"


def test_old_calls_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.demo.simulator.world.MOST_CALLS", 3)
    with Simulator(ACCOUNT, pace=Pace.quick(0)) as simulator:
        ids = []
        for _ in range(5):
            ids.append(dial(simulator, customer(0)).json()["conversation_id"])
            simulator.settle()
        assert [call["id"] for call in simulator.happened()["calls"]] == ids[2:]


def test_two_at_once_know_nothing_of_each_other() -> None:
    with Receiver() as first_ours, Receiver() as second_ours:
        with quick_simulator(first_ours.url) as first, quick_simulator(second_ours.url) as second:
            conversation_id = dial(first, customer(0)).json()["conversation_id"]
            first.settle()
            assert elevenlabs(first, "GET", f"conversations/{conversation_id}").status_code == 200
            assert elevenlabs(second, "GET", f"conversations/{conversation_id}").status_code == 404
            assert second.happened()["calls"] == []
        assert len(first_ours.deliveries) == 2
        assert second_ours.deliveries == []


def test_it_stops_with_calls_under_way() -> None:
    """Ringing, telling a target that never answers, pausing before a repetition, holding a request."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hook = f"http://127.0.0.1:{silent.getsockname()[1]}/elevenlabs"
        account = ElevenLabsAccount(
            api_key=API_KEY,
            webhook_url=hook,
            phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),),
        )
        simulator = Simulator(account, pace=Pace(ringing=0.01, talking=0.01, processing=0.01, pause=3_600)).start()
        for _ in range(10):
            dial(simulator, customer(0))
        held = threading.Thread(target=_ignore_failure, args=(simulator, customer(8)))
        held.start()
        client = requests.Session()  # keeps its connection open
        client.get(f"{simulator.url}/simulator/calls", timeout=PATIENCE)
        wait_until(lambda: simulator.happened()["under_way"] == 11)

        simulator.stop()  # else an hour passes before the next repetition
        held.join(timeout=PATIENCE)
        assert not held.is_alive()
        client.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "provider-simulator"]


def _ignore_failure(simulator: Simulator, number: str) -> None:
    with pytest.raises(requests.ConnectionError):
        dial(simulator, number)


def test_a_taken_port_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Simulator(port=taken.getsockname()[1]).start()


def test_what_is_not_http_is_cut_off(simulator: Simulator) -> None:
    host, port = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(b"\x16\x03\x01 not HTTP\r\n\r\n")
        assert connection.recv(100) == b""
    assert dial(simulator, customer(0)).status_code == 200


def test_too_large_a_body_is_413(simulator: Simulator) -> None:
    url = f"{simulator.url}/v1/convai/sip-trunk/outbound-call"
    parts = [b"x" * 1024 * 1024, b"x" * 1024]
    # The rest is not read, which may reset the connection before the answer is.
    with contextlib.suppress(requests.ConnectionError):
        assert requests.post(url, data=iter(parts), timeout=PATIENCE).status_code == 413
    assert dial(simulator, customer(0)).status_code == 200
