"""`script/bench ingest`: requests a second of POST /api/calls/ingest, beside a peer and a floor, on one PostgreSQL.

The peer does the same work with other tools (`script/benchmarks/peer`); the floor sends our statements and does nothing
else. All have as many connections. The server of the moment runs on the first core, PostgreSQL and the load generator
on the second; each round measures all three, and the median round counts. Absolute figures depend on the machine; the
ratio to the peer, and the CPU for each request, are what to look at.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from script.benchmarks.load import CALL_MARK, NUMBER_MARK
from script.benchmarks.own_service import analyze, own_service
from script.benchmarks.peer.statements import mac_of
from script.benchmarks.resident import ROOT, cpu_seconds

SERVER_CORE, OTHER_CORE = 0, 1
RECORDING_BYTES = 50 * 1024


def bodies(folder: Path) -> dict[str, Path]:
    """One body for each scenario, as files; what changes from request to request is marked."""
    missed = {
        "direction": "inbound",
        "fromNumber": f"+{NUMBER_MARK.decode()}",
        "toNumber": "+14165550100",
        "duration": 0,
        "status": "no-answer",
        "externalCallId": CALL_MARK.decode(),
    }
    turn = "I can offer Friday at two, or next Monday in the morning; which of them suits you better, please?"
    completed = missed | {
        "status": "completed",
        "duration": 154,
        "summary": "Confirmed the appointment for Friday at 2pm; the customer asked for a reminder by text message.",
        "transcript": [
            {"role": ("agent", "user")[index % 2], "message": turn, "timestamp": index * 5.1} for index in range(30)
        ],
        "recording": base64.b64encode(_recording()).decode(),
        "agentName": "Alex (Example Agent)",
        "callStartTime": "2026-05-15T09:10:00.000Z",
        "metadata": {"campaign": "spring", "attempt": 2},
    }
    scenarios = {"no-answer": missed, "completed, 30 turns, 50 KB recording": completed}
    paths = {}
    for index, (name, body) in enumerate(scenarios.items()):
        paths[name] = folder / f"body{index}.json"
        paths[name].write_text(json.dumps(body))
    return paths


def _recording() -> bytes:
    """Real MP3 frames, cut to 50 KB."""
    audio = b"".join(path.read_bytes() for path in sorted((ROOT / "calls/demo/audio").glob("*.mp3")))
    return audio[:RECORDING_BYTES]


OURS, PEER = "ours", "peer"
COMMANDS = {
    OURS: [
        "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
        "--blocking-threads", os.environ.get("BENCH_THREADS", "8"), "--log-level", "warning",
        "tether_calls.wsgi:application",
    ],
    PEER: [
        "uvicorn", "--host", "127.0.0.1", "--port", "{port}", "--loop", "uvloop", "--http", "httptools",
        "--no-access-log", "--log-level", "warning", "script.benchmarks.peer.app:app",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Server:
    """One process on the first core, with the key that it takes."""

    port: int
    key: str
    group: int

    def load(self, body: Path, seconds: float) -> dict[str, Any]:
        """What the load generator found, and `cpu`: seconds of the server's CPU for each request."""
        before = cpu_seconds(self.group)
        arguments = ("--port", str(self.port), "--key", self.key, "--body", str(body), "--seconds", str(seconds))
        answer = measure("load", OTHER_CORE, *arguments)
        return answer | {"cpu": (cpu_seconds(self.group) - before) / sum(answer["statuses"].values())}


@contextmanager
def serving(name: str, port: int, key: str) -> Iterator[Server]:
    """One process, pinned to its core."""
    words = [word.format(port=port) for word in COMMANDS[name]]
    process = subprocess.Popen(pinned(SERVER_CORE, [sys.executable, "-m", *words]), cwd=ROOT, start_new_session=True)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                break
            except OSError:
                continue
        yield Server(port, key, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "--cpu-list", str(core), *command]


def measure(module: str, core: int, *arguments: str) -> dict[str, Any]:
    command = pinned(core, [sys.executable, "-m", f"script.benchmarks.{module}", *arguments])
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def make_keys() -> dict[str, str]:
    """Migrate, and make the user whose keys the load carries: ours, and the peer's for the same row."""
    import django

    django.setup()
    from django.core.management import call_command

    from tether_calls.accounts.models import ApiKey, Organization, User
    from tether_calls.accounts.services.api_keys import default_api_key

    call_command("migrate", verbosity=0)
    organization = Organization.objects.create(name="Benchmark")
    ours = default_api_key(user=User.objects.create_user("bench@example.com", "-", organization=organization))
    row = ApiKey.objects.get().pk
    return {OURS: ours, PEER: f"tk_live_{row}{mac_of(row, os.environ['PEER_SECRET'].encode())}"}


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench ingest", description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="length of one measurement (5)")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    options.add_argument("--fsync", action="store_true", help="durable commits, as fast as this disk makes them")
    options.add_argument("--json", type=Path, default=Path("bench-ingest.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22190, help="the first of two (22190)")
    chosen = options.parse_args()

    os.sched_setaffinity(0, {OTHER_CORE})
    with own_service(fsync=chosen.fsync) as folder:
        keys = make_keys()
        rows = []
        with (
            serving(OURS, chosen.port, keys[OURS]) as ours,
            serving(PEER, chosen.port + 1, keys[PEER]) as peer,
        ):
            for name, body in bodies(folder).items():
                for server in (ours, peer):
                    server.load(body, 2)
                analyze()
                rounds = []
                for _ in range(chosen.rounds):
                    arguments = ("--body", str(body), "--key", keys[OURS], "--seconds", str(chosen.seconds))
                    floor = measure("floor", SERVER_CORE, *arguments)
                    rounds.append((ours.load(body, chosen.seconds), peer.load(body, chosen.seconds), floor))
                rows.append(summary(name, rounds))
    show(rows)
    chosen.json.write_text(json.dumps(rows, indent=2) + "\n")


Round = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def summary(name: str, rounds: list[Round]) -> dict[str, Any]:
    def median(of: Callable[[Round], float], digits: int = 0) -> float:
        return round(statistics.median(of(one) for one in rounds), digits)

    return {
        "scenario": name,
        "requestsPerSecond": median(lambda one: one[0]["perSecond"]),
        "peerPerSecond": median(lambda one: one[1]["perSecond"]),
        "ratio": median(lambda one: one[0]["perSecond"] / one[1]["perSecond"], 2),
        "floorPerSecond": median(lambda one: one[2]["perSecond"]),
        "cpuMilliseconds": median(lambda one: 1000 * one[0]["cpu"], 2),
        "peerCpuMilliseconds": median(lambda one: 1000 * one[1]["cpu"], 2),
        "floorCpuMilliseconds": median(lambda one: 1000 * one[2]["cpu"], 2),
        "p50Milliseconds": median(lambda one: 1000 * one[0]["p50"], 1),
        "p99Milliseconds": median(lambda one: 1000 * one[0]["p99"], 1),
        "statements": rounds[0][2]["statements"],
        "answers": [one["statuses"] for one in rounds[0][:2]],
    }


_COLUMNS = {
    "requests/s": "requestsPerSecond",
    "peer/s": "peerPerSecond",
    "ratio": "ratio",
    "floor/s": "floorPerSecond",
    "CPU ms": "cpuMilliseconds",
    "peer's": "peerCpuMilliseconds",
    "floor's": "floorCpuMilliseconds",
    "p50 ms": "p50Milliseconds",
    "p99 ms": "p99Milliseconds",
    "statements": "statements",
}


def show(rows: list[dict[str, Any]]) -> None:
    line = "{:<40}" + "{:>11}" * len(_COLUMNS) + "\n"
    sys.stdout.write(line.format("", *_COLUMNS))
    for row in rows:
        sys.stdout.write(line.format(row["scenario"], *(row[column] for column in _COLUMNS.values())))


if __name__ == "__main__":
    main()
