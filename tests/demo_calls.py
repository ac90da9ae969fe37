"""An afternoon of calls at a running demo, and what its users have been told of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.script_server import PROJECT, ScriptServer, copy_checkout, running
from tests.waiting import wait_until

OVER = {"completed", "busy", "no-answer", "failed", "canceled"}
# Numbers of the demo: an agent answers the first, browsers the others.
FRONT_DESK, SALES, OFFICE = "+14165550100", "+14165550103", "+14165550102"


@dataclass(frozen=True)
class Afternoon:
    """A server with the demo's user logged in, and the events that it has sent them."""

    server: ScriptServer
    events: list[dict[str, Any]] = field(default_factory=list)

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
        about = (event for event in self.events if event["data"].get("call", {}).get("_id") == call["_id"])
        return Counter(event["event"] for event in about)

    def is_over(self, **filters: str) -> bool:
        calls = self.calls(**filters)
        return bool(calls) and all(call["status"] in OVER for call in calls)

    def is_heard(self, **filters: str) -> bool:
        """Over and, if somebody answered, with its recording."""
        return self.is_over(**filters) and all(
            call["status"] != "completed" or call.get("recordings") for call in self.calls(**filters)
        )

    def callbacks(self) -> list[dict[str, Any]]:
        """What the providers have sent us, and what we answered."""
        return [note for call in self.server.simulated()["calls"] for note in call["callbacks"]]

    def plays_a_recording_of_the_demo(self, call: Mapping[str, Any]) -> bool:
        recordings = {path.read_bytes() for path in (PROJECT / "calls/demo/audio").glob("*.mp3")}
        return self.server.play(call["_id"]) in recordings


@contextmanager
def afternoon(folder: Path, calls: Callable[[Afternoon], None]) -> Iterator[Afternoon]:
    """What is there once `calls` has returned, the providers have nothing left to tell, and all events are in."""
    with running(copy_checkout(folder / "checkout"), data=folder / "data", TETHER_DIAL_SECONDS="1") as server:
        server.log_in(server.printed["user"])
        address = server.printed["baseUrl"].replace("http", "ws", 1) + "/ws/events"
        protocols = [Subprotocol("bearer"), Subprotocol(server.token)]
        its = Afternoon(server)
        with connect(address, subprotocols=protocols, proxy=None, max_queue=None) as socket:
            calls(its)
            wait_for("the last callback", lambda: not server.simulated()["under_way"])
            its.events.extend(_received(socket))
        yield its


def wait_for(what: str, is_so: Callable[[], bool]) -> None:
    wait_until(is_so, what=what, every=0.2)


def _received(socket: ClientConnection) -> Iterator[dict[str, Any]]:
    """Until two seconds bring nothing more."""
    while True:
        try:
            yield json.loads(socket.recv(timeout=2))
        except TimeoutError:
            return
