"""An afternoon of calls at a running demo, and what its users have been told of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.factories import missed_call_body
from tests.script_server import PROJECT, ScriptServer
from tests.waiting import PATIENCE, wait_until

OVER = {"completed", "busy", "no-answer", "failed", "canceled"}
# Numbers of the demo: an agent answers the first, browsers the others.
FRONT_DESK, SALES, OFFICE = "+14165550100", "+14165550103", "+14165550102"


@dataclass(frozen=True)
class Afternoon:
    """A server with the demo's user logged in, and the events that it has sent them."""

    server: ScriptServer
    events: list[dict[str, Any]] = field(default_factory=list)
    # To the requests for calls, by the number that was to be called.
    answers: dict[str, requests.Response] = field(default_factory=dict)

    def dial(self, numbers: Iterable[str]) -> None:
        """Has an agent call all of them at once; returns when each request is answered."""
        wanted = list(numbers)
        with ThreadPoolExecutor(len(wanted)) as threads:
            self.answers.update(zip(wanted, threads.map(self.server.dial, wanted), strict=True))

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        """As the history has them, newest first."""
        query = "&".join(f"{name}={quote(value)}" for name, value in filters.items())
        found: list[dict[str, Any]] = self.server.get(f"/api/calls/history?limit=200&{query}")["calls"]
        return found

    def call(self, **filters: str) -> dict[str, Any]:
        """The one that there is, as its page has it."""
        (row,) = self.calls(**filters)
        call: dict[str, Any] = self.server.get(f"/api/calls/{row['_id']}")["call"]
        return call

    def events_of(self, call: Mapping[str, Any]) -> Counter[str]:
        about = (event for event in self.events if _call_id(event) == call["_id"])
        return Counter(event["event"] for event in about)

    def is_over(self, **filters: str) -> bool:
        calls = self.calls(**filters)
        return bool(calls) and all(call["status"] in OVER for call in calls)

    def is_heard(self, **filters: str) -> bool:
        """Over and, if somebody answered, with its recording."""
        return self.is_over(**filters) and all(
            call["status"] != "completed" or call.get("recordings") for call in self.calls(**filters)
        )

    def simulated(self, **fields: str) -> list[dict[str, Any]]:
        """The calls that the simulated providers know, by what they know of them."""
        calls: list[dict[str, Any]] = self.server.simulated()["calls"]
        return [call for call in calls if fields.items() <= call.items()]

    def callbacks(self, provider: str) -> list[dict[str, Any]]:
        """What the provider has sent us, and what we answered."""
        return [note for call in self.simulated(provider=provider) for note in call["callbacks"]]

    def plays_a_recording_of_the_demo(self, call: Mapping[str, Any]) -> bool:
        recordings = {path.read_bytes() for path in (PROJECT / "calls/demo/audio").glob("*.mp3")}
        return self.server.play(call["_id"]) in recordings


@contextmanager
def afternoon_at(server: ScriptServer, calls: Callable[[Afternoon], None]) -> Iterator[Afternoon]:
    """What is there once `calls` has returned, the providers have nothing left to tell, and all events are in."""
    server.log_in(server.printed["user"])
    address = server.printed["baseUrl"].replace("http", "ws", 1) + "/ws/events"
    protocols = [Subprotocol("bearer"), Subprotocol(server.token)]
    its = Afternoon(server)
    with connect(address, subprotocols=protocols, proxy=None, max_queue=None) as socket:
        calls(its)
        wait_for("the last callback", lambda: not server.simulated()["under_way"])
        # Events come in their order, so that nothing is left once those of this call come.
        last = server.ingest(missed_call_body(), key=server.printed["apiKey"]).json()["callId"]
        its.events.extend(_received_before(last, socket))
    yield its


def wait_for(what: str, is_so: Callable[[], bool]) -> None:
    wait_until(is_so, what=what, every=0.2)


def _received_before(call_id: str, socket: ClientConnection) -> Iterator[dict[str, Any]]:
    while _call_id(event := json.loads(socket.recv(timeout=PATIENCE))) != call_id:
        yield event


def _call_id(event: Mapping[str, Any]) -> str | None:
    call_id: str | None = event["data"].get("call", {}).get("_id")
    return call_id
