"""Calls of the demo from the first ring to the recording: dialled or taken, told by the webhooks, kept once.

All of it needs the providers' webhooks, /api/webhook/...
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.script_server import PROJECT, ScriptServer, copy_checkout, running

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(120),
]

# A simulated call rings and talks for eight seconds.
SECONDS = 40.0
OVER = {"completed", "busy", "no-answer", "failed", "canceled"}
DIALLED = (0, 1, 2, 3, 4, 5, 6, 8, 9)
FRONT_DESK, SALES, OFFICE = "+14165550100", "+14165550103", "+14165550102"


def customer(digit: int) -> str:
    """Whom the demo calls; the last digit chooses what becomes of it."""
    return f"+1416555015{digit}"


def caller(digit: int) -> str:
    """Who calls the demo; this digit means nothing."""
    return f"+1416555017{digit}"


# Provider and number that is called, by caller; an agent answers the front desk.
INBOUND = {
    caller(0): ("elevenlabs", FRONT_DESK),
    caller(1): ("sinch", FRONT_DESK),
    caller(2): ("sinch", SALES),
    caller(3): ("twilio", OFFICE),
}
TO_AGENTS = [number for number, (_, called) in INBOUND.items() if called == FRONT_DESK]


def calls(server: ScriptServer, filters: dict[str, str]) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={quote(value)}" for name, value in filters.items())
    found: list[dict[str, Any]] = server.get(f"/api/calls/history?limit=200&{query}")["calls"]
    return found


@dataclass(frozen=True)
class Afternoon:
    """A server on which all of these calls have been, and the events that it sent meanwhile."""

    server: ScriptServer
    events: list[dict[str, Any]]

    def call(self, **filters: str) -> dict[str, Any]:
        """The one that there is, as its page has it."""
        (row,) = calls(self.server, filters)
        call: dict[str, Any] = self.server.get(f"/api/calls/{row['_id']}")["call"]
        return call

    def events_of(self, call: dict[str, Any]) -> Counter[str]:
        about = (event for event in self.events if event["data"].get("call", {}).get("_id") == call["_id"])
        return Counter(event["event"] for event in about)


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    folder = tmp_path_factory.mktemp("calls")
    with running(copy_checkout(folder / "checkout"), data=folder / "data", TETHER_DIAL_SECONDS="1") as server:
        server.log_in(server.printed["user"])
        address = server.printed["baseUrl"].replace("http", "ws", 1) + "/ws/events"
        protocols = [Subprotocol("bearer"), Subprotocol(server.token)]
        with connect(address, subprotocols=protocols, proxy=None, max_queue=None) as socket:
            for digit in DIALLED:
                server.dial(customer(digit))
            for number, (provider, called) in INBOUND.items():
                server.call_in(provider, from_number=number, to=called)
            for digit in DIALLED:
                _wait(f"the end of {digit}", partial(_is_told, server, {"toNumber": customer(digit)}, by_agent=True))
            for number in INBOUND:
                is_told = partial(_is_told, server, {"fromNumber": number}, by_agent=number in TO_AGENTS)
                _wait(f"the end of {number}", is_told)
            _wait("the last callback", lambda: not server.simulated()["under_way"])
            events = list(_received(socket))
        yield Afternoon(server, events)


def _wait(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.2)


def _is_told(server: ScriptServer, filters: dict[str, str], *, by_agent: bool) -> bool:
    """Whether a call has come to its end, and where an agent has spoken, to its recording."""
    (call, *_) = calls(server, filters) or [{"status": ""}]
    return call["status"] in OVER and (call["status"] != "completed" or not by_agent or bool(call.get("recordings")))


def _received(socket: ClientConnection) -> Iterator[dict[str, Any]]:
    """Until two seconds bring nothing more."""
    while True:
        try:
            yield json.loads(socket.recv(timeout=2))
        except TimeoutError:
            return


def is_a_recording_of_the_demo(content: bytes) -> bool:
    return content in {path.read_bytes() for path in (PROJECT / "calls/demo/audio").glob("*.mp3")}


# ---- Agents that call


# 8: the provider's answer was lost, the call was not. 9: everything is told twice and in reverse.
@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 8, 9])
def test_a_call_that_is_answered_ends_with_transcript_summary_and_recording(afternoon: Afternoon, digit: int) -> None:
    call = afternoon.call(toNumber=customer(digit))

    assert (call["status"], call["direction"], call["provider"]) == ("completed", "outbound", "elevenlabs")
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert call["duration"] > 10
    assert len(call["recordings"]) == 1
    assert is_a_recording_of_the_demo(afternoon.server.play(call["_id"]))


@pytest.mark.parametrize(("digit", "status"), [(5, "busy"), (6, "no-answer")])
def test_a_call_that_nobody_answers(afternoon: Afternoon, digit: int, status: str) -> None:
    call = afternoon.call(toNumber=customer(digit))

    assert call["status"] == status
    assert not call.get("recordings")


@pytest.mark.parametrize("digit", DIALLED)
def test_its_beginning_and_its_end_are_told_once(afternoon: Afternoon, digit: int) -> None:
    call = afternoon.call(toNumber=customer(digit))

    told = afternoon.events_of(call)

    assert (told["call_initiated"], told["call_ended"]) == (1, 1)
    assert told["call_recording_ready"] == len(call.get("recordings", ()))


# ---- Calls that come in


@pytest.mark.parametrize("number", TO_AGENTS)
def test_a_call_that_an_agent_answers_is_kept_with_what_was_said(afternoon: Afternoon, number: str) -> None:
    call = afternoon.call(fromNumber=number)

    assert (call["status"], call["direction"]) == ("completed", "inbound")
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert is_a_recording_of_the_demo(afternoon.server.play(call["_id"]))


@pytest.mark.parametrize("number", [number for number in INBOUND if number not in TO_AGENTS])
def test_a_call_that_a_browser_answers_is_kept(afternoon: Afternoon, number: str) -> None:
    provider, called = INBOUND[number]

    call = afternoon.call(fromNumber=number)

    assert (call["status"], call["direction"]) == ("completed", "inbound")
    assert (call["provider"], call["to"]) == (provider, called)
    assert afternoon.events_of(call)["call_ended"] == 1


def test_no_callback_of_a_provider_was_refused(afternoon: Afternoon) -> None:
    callbacks = [note for call in afternoon.server.simulated()["calls"] for note in call["callbacks"]]

    assert callbacks
    assert [note for note in callbacks if note["status"] not in (200, 204)] == []
