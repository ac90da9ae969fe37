"""`script/bench imports`: calls a second of `manage.py import_calls`, beside single ingests over HTTP, in the same run.

Server and import run on the first core, PostgreSQL and the load generator on the second; each round measures both, and
the median round counts. Calls without audio; the same body, the same 200 customers. CPU is that of the process itself.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OTHER_CORE, OURS, SERVER_CORE, bodies, make_keys, pinned, serving
from script.benchmarks.load import CALL_MARK, CUSTOMERS, NUMBER_MARK
from script.benchmarks.own_service import analyze, own_service
from script.benchmarks.resident import ROOT


def write_calls(body: Path, file: Path, *, count: int, first: int) -> None:
    """The body of the load, `count` times, each with an identifier of its own."""
    call = body.read_bytes()
    with file.open("wb") as lines:
        for number in range(first, first + count):
            line = call.replace(CALL_MARK, f"import{number:06}".encode(), 1)
            lines.write(line.replace(NUMBER_MARK, f"1416{number % CUSTOMERS:06}".encode(), 1) + b"\n")


def imported(file: Path) -> dict[str, float]:
    """Seconds, and seconds of CPU, of the command from its start to its end, by the clock of the process."""
    command = pinned(
        SERVER_CORE, [sys.executable, "manage.py", "import_calls", str(file), "--user", "bench@example.com"]
    )
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.perf_counter() - begin, "cpu": cpu}


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench imports", description=__doc__)
    options.add_argument("--calls", type=int, default=20_000, help="calls of one import (20000)")
    options.add_argument("--seconds", type=float, default=5.0, help="length of one measurement of ingest (5)")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    options.add_argument("--fsync", action="store_true", help="durable commits, as fast as this disk makes them")
    options.add_argument("--json", type=Path, default=Path("bench-imports.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22192)
    chosen = options.parse_args()

    os.sched_setaffinity(0, {OTHER_CORE})
    with own_service(fsync=chosen.fsync) as folder:
        key = make_keys()[OURS]
        body, file = next(iter(bodies(folder).values())), folder / "calls.jsonl"
        rounds: list[dict[str, Any]] = []
        with serving(OURS, chosen.port, key) as server:
            server.load(body, 2)
            analyze()
            for number in range(chosen.rounds):
                write_calls(body, file, count=chosen.calls, first=number * chosen.calls)
                rounds.append({"ingest": server.load(body, chosen.seconds), "import": imported(file)})
    row = summary(chosen.calls, rounds)
    sys.stdout.write("".join(f"{name:<28}{value:>12}\n" for name, value in row.items()))
    chosen.json.write_text(json.dumps(row, indent=2) + "\n")


def summary(calls: int, rounds: list[dict[str, Any]]) -> dict[str, float]:
    singles = [one["ingest"]["perSecond"] for one in rounds]
    imports = [calls / one["import"]["seconds"] for one in rounds]
    single_cpu = [1000 * one["ingest"]["cpu"] for one in rounds]
    import_cpu = [1000 * one["import"]["cpu"] / calls for one in rounds]
    pairs = zip(imports, singles, strict=True)
    cpus = zip(single_cpu, import_cpu, strict=True)
    return {
        "ingestsPerSecond": round(statistics.median(singles)),
        "importsPerSecond": round(statistics.median(imports)),
        "ratio": round(statistics.median(fast / slow for fast, slow in pairs), 1),
        "ingestCpuMilliseconds": round(statistics.median(single_cpu), 2),
        "importCpuMilliseconds": round(statistics.median(import_cpu), 3),
        "cpuRatio": round(statistics.median(slow / fast for slow, fast in cpus), 1),
    }


if __name__ == "__main__":
    main()
