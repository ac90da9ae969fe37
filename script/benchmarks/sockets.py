"""`script/bench sockets`: how long one event takes to all sockets of one process, beside a floor, and their memory.

The floor is a `websockets` server that broadcasts the same text to as many sockets of the same kind of client, with
nothing behind it. Ours is asked over HTTP for something that brings one event, and the time is from that request to the
first and the last socket; in one process, on SQLite with the layer in memory, and on PostgreSQL with Redis. Servers run
on the first core, the clients on the second; the rounds take turns and the median counts. Read the ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OTHER_CORE, SERVER_CORE, pinned
from script.benchmarks.resident import ROOT, own_variables, prepared, resident, started

SIZES = (1_000, 3_000, 10_000)
SOCKETS_OF_A_USER = 100
MEMORY, REDIS = "in memory", "Redis"
Round = tuple[dict[str, Any], dict[str, Any]]


class Listening:
    """The clients of one server, in a process on the second core."""

    def __init__(self, port: int, sockets: int, tokens: Path, request: Path) -> None:
        arguments = ("--port", port, "--sockets", sockets, "--tokens", tokens, "--request", request)
        command = [sys.executable, "-m", "script.benchmarks.listeners.client", *map(str, arguments)]
        self.process = subprocess.Popen(
            pinned(OTHER_CORE, command), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.opened: float = self._heard()["opened"]

    def event(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def listening(port: int, sockets: int, tokens: Path, request: Path) -> Iterator[Listening]:
    clients = Listening(port, sockets, tokens, request)
    try:
        yield clients
    finally:
        clients.process.terminate()
        clients.process.wait(timeout=30)


def call(token: str) -> bytes:
    """A browser that rings: one event."""
    body = b'{"callerNumber": "anonymous"}'
    head = (
        f"POST /api/calls/sdk/inbound HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


BROADCAST = b"GET /broadcast HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def measured(layer: str, sockets: int, rounds: int, port: int) -> dict[str, Any]:
    limits = {"JWT_ACCESS_MINUTES": "600", "TETHER_CONNECTIONS": str(sockets + 100), "PORT": str(port)}
    with own_variables(servers=layer == REDIS, **limits) as environment, ExitStack() as stack:
        folder = Path(environment["TETHER_DATA_DIR"])
        tokens, request, broadcast, text = (folder / name for name in ("tokens", "request", "broadcast", "text"))
        users = -(-sockets // SOCKETS_OF_A_USER)
        of_users: list[str] = prepared("script.benchmarks.users", [str(users)], environment)["tokens"]
        tokens.write_text(json.dumps(of_users))
        request.write_bytes(call(of_users[0]))
        broadcast.write_bytes(BROADCAST)

        serve = [sys.executable, "manage.py", "serve"]
        ours = stack.enter_context(started(pinned(SERVER_CORE, serve), port=port, environment=environment))
        idle = resident(ours)
        clients = stack.enter_context(listening(port, sockets, tokens, request))
        text.write_text(clients.event()["text"])  # what is done once is not measured

        bare = [sys.executable, "-m", "script.benchmarks.listeners.floor", str(port + 1), str(text)]
        floor = stack.enter_context(started(pinned(SERVER_CORE, bare), port=port + 1, environment=environment))
        floors_idle = resident(floor)
        floors = stack.enter_context(listening(port + 1, sockets, tokens, broadcast))
        floors.event()

        pairs = [(clients.event(), floors.event()) for _ in range(rounds)]
        return {
            "layer": layer,
            "sockets": sockets,
            **summary(pairs),
            "frameBytes": text.stat().st_size,
            "openedSeconds": round(clients.opened, 1),
            "floorOpenedSeconds": round(floors.opened, 1),
            "kilobytesPerSocket": round((resident(ours) - idle) / sockets / 1024, 1),
            "floorKilobytesPerSocket": round((resident(floor) - floors_idle) / sockets / 1024, 1),
        }


def summary(pairs: list[Round]) -> dict[str, Any]:
    def median(place: int, name: str) -> float:
        return round(float(statistics.median(pair[place][name] for pair in pairs)), 1)

    return {
        "firstMilliseconds": median(0, "first"),
        "lastMilliseconds": median(0, "last"),
        "floorFirstMilliseconds": median(1, "first"),
        "floorLastMilliseconds": median(1, "last"),
        "ratio": round(statistics.median(ours["last"] / floor["last"] for ours, floor in pairs), 2),
        "missing": sum(ours["missing"] for ours, _ in pairs),
    }


_COLUMNS = {
    "first ms": "firstMilliseconds",
    "last ms": "lastMilliseconds",
    "floor's": "floorFirstMilliseconds",
    "last ms ": "floorLastMilliseconds",
    "ratio": "ratio",
    "missing": "missing",
    "KB/socket": "kilobytesPerSocket",
    "floor's ": "floorKilobytesPerSocket",
    "opened s": "openedSeconds",
}


def show(rows: list[dict[str, Any]]) -> None:
    line = "{:<12}{:>8}" + "{:>11}" * len(_COLUMNS) + "\n"
    sys.stdout.write(line.format("layer", "sockets", *(name.strip() for name in _COLUMNS)))
    for row in rows:
        sys.stdout.write(line.format(row["layer"], row["sockets"], *(row[column] for column in _COLUMNS.values())))


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench sockets", description=__doc__)
    options.add_argument("--sockets", type=int, nargs="+", default=SIZES, help="of one process (1000 3000 10000)")
    options.add_argument("--layers", nargs="+", choices=(MEMORY, REDIS), default=(MEMORY, REDIS), help="(both)")
    options.add_argument("--rounds", type=int, default=5, help="rounds; the median counts (5)")
    options.add_argument("--json", type=Path, default=Path("bench-sockets.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22210, help="the first of two (22210)")
    chosen = options.parse_args()

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    needed = max(chosen.sockets) + 300
    if most != resource.RLIM_INFINITY and most < needed:
        options.error(f"{needed} open files are needed, and {most} allowed: see ulimit -Hn")
    os.sched_setaffinity(0, {OTHER_CORE})
    rows = [
        measured(layer, sockets, chosen.rounds, chosen.port) for layer in chosen.layers for sockets in chosen.sockets
    ]
    show(rows)
    chosen.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
