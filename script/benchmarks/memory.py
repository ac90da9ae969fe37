"""`script/bench memory`: what a service's process grows by while large calls are pushed at once.

So many completed calls, each a body of so many megabytes with its recording as base64, are sent on as many connections
at the same time: to the embedded server, on SQLite and a folder, and to a granian worker on PostgreSQL. The process has
answered some before, one after the other: from what it then holds, at rest, its peak is counted (VmHWM of Linux).
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OTHER_CORE, SERVER_CORE, pinned
from script.benchmarks.resident import ROOT, forget_peak, own_variables, peak, prepared, resident, started

EMBEDDED, GRANIAN = "embedded", "granian"
ONE_AFTER_THE_OTHER = 3
_COMMANDS = {
    EMBEDDED: ["manage.py", "serve"],
    GRANIAN: [
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--workers", "1",
        "--blocking-threads", "40", "--log-level", "warning", "tether_calls.wsgi:application",
    ],
}  # fmt: skip


def call_of(size: int) -> tuple[bytes, bytes]:
    """The body of a completed call of `size` bytes, without and with the id that changes: its two parts."""
    audio = b"".join(path.read_bytes() for path in sorted((ROOT / "calls/demo/audio").glob("*.mp3")))
    call = {
        "direction": "outbound",
        "fromNumber": "+14165550100",
        "toNumber": "+14165550199",
        "duration": 154,
        "status": "completed",
        "summary": "Confirmed the appointment.",
        "transcript": [{"role": "agent", "message": "Good morning."}],
    }
    head = json.dumps(call)[:-1].encode() + b', "recording": "'
    room = (size - len(head) - 64) // 4 * 3
    recording = base64.b64encode((audio * (room // len(audio) + 1))[:room])
    return head + recording, b'", "externalCallId": "%s"}'


def push(port: int, key: str, call: tuple[bytes, bytes], name: str) -> float:
    """Seconds until the answer, which is that it was made."""
    body = call[0] + call[1] % name.encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    began = time.perf_counter()
    connection.request("POST", "/api/calls/ingest", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 201, content
    return time.perf_counter() - began


def measured(server: str, ingests: int, megabytes: int, rounds: int, port: int) -> dict[str, Any]:
    call = call_of(megabytes * 1024 * 1024)
    with own_variables(servers=server == GRANIAN, PORT=str(port)) as environment, ExitStack() as stack:
        key: str = prepared("script.benchmarks.users", ["1"], environment)["keys"][0]
        command = [word.format(port=port) for word in _COMMANDS[server]]
        group = stack.enter_context(
            started(pinned(SERVER_CORE, [sys.executable, *command]), port=port, environment=environment)
        )
        for number in range(ONE_AFTER_THE_OTHER):
            push(port, key, call, f"before-{number}")
        grown, seconds, rests = [], [], []
        threads = stack.enter_context(ThreadPoolExecutor(ingests))
        for one in range(rounds):
            rest = resident(group)
            forget_peak(group)
            times = threads.map(lambda number, one=one: push(port, key, call, f"{one}-{number}"), range(ingests))
            seconds.append(max(times))
            grown.append(peak(group) - rest)
            rests.append(rest)
    size = ingests * (len(call[0]) + len(call[1]))
    return {
        "server": server,
        "ingests": ingests,
        "megabytes": megabytes,
        "restMegabytes": round(rests[0] / 2**20),
        "restAfterMegabytes": round(rests[-1] / 2**20),
        "grownMegabytes": round(max(grown) / 2**20),
        "timesTheirSize": round(max(grown) / size, 2),
        "seconds": round(max(seconds), 1),
    }


_COLUMNS = {
    "ingests": "ingests",
    "MB each": "megabytes",
    "at rest": "restMegabytes",
    "grown by": "grownMegabytes",
    "times": "timesTheirSize",
    "later": "restAfterMegabytes",
    "seconds": "seconds",
}


def show(rows: list[dict[str, Any]]) -> None:
    line = "{:<12}" + "{:>10}" * len(_COLUMNS) + "\n"
    sys.stdout.write(line.format("MB", *_COLUMNS))
    for row in rows:
        sys.stdout.write(line.format(row["server"], *(row[column] for column in _COLUMNS.values())))


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench memory", description=__doc__)
    options.add_argument("--ingests", type=int, default=20, help="at once (20)")
    options.add_argument("--megabytes", type=int, default=10, help="of each body (10)")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the greatest counts (3)")
    options.add_argument("--servers", nargs="+", choices=tuple(_COMMANDS), default=tuple(_COMMANDS), help="(both)")
    options.add_argument("--json", type=Path, default=Path("bench-memory.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22212)
    chosen = options.parse_args()

    os.sched_setaffinity(0, {OTHER_CORE})
    rows = [measured(server, chosen.ingests, chosen.megabytes, chosen.rounds, chosen.port) for server in chosen.servers]
    show(rows)
    chosen.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
