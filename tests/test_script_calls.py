"""Calls of the demo from the first ring to the recording: dialled, simulated, told by webhooks, and kept.

Needs the providers' webhooks, /api/webhook/..., all of it.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.script_server import ScriptServer, copy_checkout, running

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(120),
]

# Ringing, talking and what comes after take ten seconds.
SECONDS = 60.0
RECORDINGS = {path.read_bytes() for path in (Path(__file__).parents[1] / "calls/demo/audio").glob("*.mp3")}
UNDER_WAY = ("initiated", "ringing", "in-progress")
FRONT_DESK, SALES, OFFICE = "+14165550100", "+14165550103", "+14165550102"


def customer(digit: int) -> str:
    return f"+1416555015{digit}"


def caller(digit: int) -> str:
    return f"+1416555017{digit}"


# Who calls in: provider, number called. The last digits of callers mean nothing.
INBOUND = {
    caller(0): ("elevenlabs", FRONT_DESK),
    caller(1): ("sinch", FRONT_DESK),
    caller(2): ("sinch", SALES),
    caller(3): ("twilio", OFFICE),
}
BY_AGENTS = (caller(0), caller(1))


@dataclass(frozen=True)
class Afternoon:
    """A server on which all of these calls have been, and the events that it sent meanwhile."""

    server: ScriptServer
    events: list[dict[str, Any]]

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        return calls(self.server, **filters)

    def call(self, **filters: str) -> dict[str, Any]:
        """The one that there is, as its page has it."""
        (row,) = self.calls(**filters)
        call: dict[str, Any] = self.server.get(f"/api/calls/{row['_id']}")["call"]
        return call

    def events_of(self, call: dict[str, Any]) -> Counter[str]:
        return Counter(
            event["event"] for event in self.events if event["data"].get("call", {}).get("_id") == call["_id"]
        )


def calls(server: ScriptServer, **filters: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={quote(value)}" for name, value in filters.items())
    found: list[dict[str, Any]] = server.get(f"/api/calls/history?limit=200&{query}")["calls"]
    return found


def wait_for(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.2)


def is_told(server: ScriptServer, **filters: str) -> bool:
    """Whether a call has come to its end, with its recording if it was an agent's."""
    found = calls(server, **filters)
    if not found or found[0]["status"] in UNDER_WAY:
        return False
    by_agent = "toNumber" in filters or filters["fromNumber"] in BY_AGENTS
    return found[0]["status"] != "completed" or not by_agent or bool(found[0]["hasRecording"])


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    folder = tmp_path_factory.mktemp("calls")
    checkout = copy_checkout(folder / "checkout")
    with running(checkout, data=folder / "data", TETHER_DIAL_SECONDS="1") as server:
        server.log_in(server.printed["user"])
        address = server.printed["baseUrl"].replace("http", "ws", 1) + "/ws/events"
        protocols = [Subprotocol("bearer"), Subprotocol(server.token)]
        with connect(address, subprotocols=protocols, proxy=None) as socket:
            dialled = [digit for digit in range(10) if digit != 7]
            for digit in dialled:
                server.dial(customer(digit))
            for number, (provider, to) in INBOUND.items():
                server.call_in(provider, from_number=number, to=to)
            for digit in dialled:
                wait_for(f"the end of {digit}", lambda digit=digit: is_told(server, toNumber=customer(digit)))
            for number in INBOUND:
                wait_for(f"the end of {number}", lambda number=number: is_told(server, fromNumber=number))
            wait_for("the last callback", lambda: all(call["status"] in ENDED for call in server.at_the_providers()))
            events = list(_drain(socket))
        yield Afternoon(server, events)


# In the providers' words.
ENDED = {"done", "failed", "FINAL", "completed", "busy", "no-answer", "canceled"}


def _drain(socket: Any) -> Iterator[dict[str, Any]]:
    import json

    while True:
        try:
            yield json.loads(socket.recv(timeout=2))
        except TimeoutError:
            return
