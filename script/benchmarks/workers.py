"""`script/bench workers`: requests a second of one granian worker and of two, of pushed calls and of a read.

Both services run on one PostgreSQL and one Redis, are asked in turns over as many connections, and go wherever the
system puts them: what is compared is one process with two. On a machine whose cores are shared with the database and
with the load itself two cannot be twice as fast; CPU for each request says what a free core would bring.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import bodies
from script.benchmarks.own_service import analyze
from script.benchmarks.resident import ROOT, cpu_seconds, own_variables, prepared, started

WORKERS = (1, 2)
HISTORY = "/api/calls/history?limit=50"


def granian(workers: int, port: int) -> list[str]:
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers {workers} --blocking-threads 8"
    return [
        sys.executable,
        "-m",
        "granian",
        *options.split(),
        "--log-level",
        "warning",
        "tether_calls.wsgi:application",
    ]


def loaded(group: int, port: int, arguments: list[str], seconds: float) -> dict[str, Any]:
    """What the load generator found, and `cpu`: seconds of the service's CPU for each request."""
    before = cpu_seconds(group)
    command = [
        sys.executable,
        "-m",
        "script.benchmarks.load",
        "--port",
        str(port),
        "--seconds",
        str(seconds),
        *arguments,
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert all(status in ("200", "201") for status in found["statuses"]), found
    return found | {"cpu": (cpu_seconds(group) - before) / sum(found["statuses"].values())}


def measured(environment: Mapping[str, str], *, seconds: float, rounds: int, port: int) -> list[dict[str, Any]]:
    folder = Path(environment["TETHER_DATA_DIR"])
    made = prepared("script.benchmarks.users", ["1"], environment)
    no_answer = next(iter(bodies(folder).values()))
    loads = {
        "pushed calls, no answer": ["--key", made["keys"][0], "--body", str(no_answer)],
        "history, 50 calls": ["--key", made["tokens"][0], "--path", HISTORY],
    }
    with ExitStack() as stack:
        services = {
            workers: stack.enter_context(
                started(granian(workers, port + place), port=port + place, environment=environment)
            )
            for place, workers in enumerate(WORKERS)
        }
        rows = []
        for name, arguments in loads.items():
            turns: list[dict[int, dict[str, Any]]] = []
            for turn in range(rounds + 1):
                found = {
                    workers: loaded(group, port + place, arguments, seconds if turn else 2)
                    for place, (workers, group) in enumerate(services.items())
                }
                if not turn:
                    analyze(environment)
                turns.append(found)
            rows.append(summary(name, turns[1:]))  # the first of them warms up
        return rows


def summary(name: str, turns: list[dict[int, dict[str, Any]]]) -> dict[str, Any]:
    one, two = WORKERS
    return {
        "scenario": name,
        "onePerSecond": round(statistics.median(turn[one]["perSecond"] for turn in turns)),
        "twoPerSecond": round(statistics.median(turn[two]["perSecond"] for turn in turns)),
        "ratio": round(statistics.median(turn[two]["perSecond"] / turn[one]["perSecond"] for turn in turns), 2),
        "oneCpuMilliseconds": round(1000 * statistics.median(turn[one]["cpu"] for turn in turns), 2),
        "twoCpuMilliseconds": round(1000 * statistics.median(turn[two]["cpu"] for turn in turns), 2),
        "oneP99Milliseconds": round(1000 * statistics.median(turn[one]["p99"] for turn in turns)),
        "twoP99Milliseconds": round(1000 * statistics.median(turn[two]["p99"] for turn in turns)),
    }


_COLUMNS = {
    "1 worker/s": "onePerSecond",
    "2 workers/s": "twoPerSecond",
    "ratio": "ratio",
    "CPU ms": "oneCpuMilliseconds",
    "of 2": "twoCpuMilliseconds",
    "p99 ms": "oneP99Milliseconds",
    "p99 of 2": "twoP99Milliseconds",
}


def show(rows: list[dict[str, Any]]) -> None:
    line = "{:<26}" + "{:>12}" * len(_COLUMNS) + "\n"
    sys.stdout.write(line.format("", *_COLUMNS))
    for row in rows:
        sys.stdout.write(line.format(row["scenario"], *(row[column] for column in _COLUMNS.values())))


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench workers", description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="length of one measurement (5)")
    options.add_argument("--rounds", type=int, default=5, help="rounds; the median counts (5)")
    options.add_argument("--json", type=Path, default=Path("bench-workers.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22214, help="the first of two (22214)")
    chosen = options.parse_args()

    with own_variables(servers=True, JWT_ACCESS_MINUTES="600") as environment:
        rows = measured(environment, seconds=chosen.seconds, rounds=chosen.rounds, port=chosen.port)
    show(rows)
    found = {"cores": os.cpu_count(), "rows": rows}
    chosen.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
