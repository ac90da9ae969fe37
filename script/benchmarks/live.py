"""`script/bench live`: how soon what is said in many running calls reaches who reads along, beside a floor.

So many calls go on, with a turn a second in each; ten sockets of one process watch all of them. The time is from before
a turn's row is written until its frame arrives. The floor is a `websockets` server that sends the same texts on to as
many sockets, from one connection and with nothing behind it. PostgreSQL and Redis are the service's; its process is on
the first core, clients and vendor on the second, and the rounds take turns. The median round counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OTHER_CORE, SERVER_CORE, pinned
from script.benchmarks.resident import ROOT, cpu_seconds, own_variables, prepared, resident, started

SOCKETS = 10
CALLS_OF_A_SOCKET = 50
Figures = dict[str, float]


class Program:
    """One of the listeners' programs, on the second core: a line in, a line of JSON out."""

    def __init__(self, module: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", f"script.benchmarks.listeners.{module}", *arguments]
        self.process = subprocess.Popen(
            pinned(OTHER_CORE, command),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.first = self._heard()

    def ask(self, line: int) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def program(module: str, *arguments: object, environment: Mapping[str, str]) -> Iterator[Program]:
    running = Program(module, [str(each) for each in arguments], environment)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(timeout=30)


def round_of(vendor: Program, watchers: Program, group: int, seconds: int) -> Figures:
    before = cpu_seconds(group)
    told = vendor.ask(seconds)
    taken = cpu_seconds(group) - before
    came = watchers.ask(told["told"])
    return {
        **{name: came[name] for name in ("median", "most", "last", "missing")},
        "perSecond": told["told"] / told["seconds"],
        "cpu": 100 * taken / told["seconds"],
    }


def measured(calls: int, seconds: int, rounds: int, port: int) -> dict[str, Any]:
    limits = {"JWT_ACCESS_MINUTES": "600", "PORT": str(port)}
    with own_variables(servers=True, **limits) as environment, ExitStack() as stack:
        folder = Path(environment["TETHER_DATA_DIR"])
        tokens = folder / "tokens"
        tokens.write_text(json.dumps(prepared("script.benchmarks.users", ["1"], environment)["tokens"]))

        serve = pinned(SERVER_CORE, [sys.executable, "manage.py", "serve"])
        ours = stack.enter_context(started(serve, port=port, environment=environment))
        bare = [sys.executable, "-m", "script.benchmarks.listeners.turns_floor", str(port + 1)]
        floor = stack.enter_context(started(pinned(SERVER_CORE, bare), port=port + 1, environment=environment))
        sides = []
        for name, group, at, floor_port in (("ours", ours, port, 0), ("floor", floor, port + 1, port + 2)):
            vendor = stack.enter_context(program("vendor", calls, floor_port, environment=environment))
            (folder / name).write_text(json.dumps(vendor.first["calls"]))
            arguments = ("--port", at, "--sockets", SOCKETS, "--tokens", tokens, "--calls", folder / name)
            watchers = stack.enter_context(program("watchers", *arguments, environment=environment))
            round_of(vendor, watchers, group, 2)  # what is done once is not measured
            sides.append((vendor, watchers, group))
        pairs = [[round_of(*side, seconds) for side in sides] for _ in range(rounds)]
        ours_is, floor_is = (
            {name: round(statistics.median(pair[side][name] for pair in pairs), 1) for name in pairs[0][side]}
            for side in (0, 1)
        )
        megabytes = round(resident(ours) / 1024 / 1024)
    return {"calls": calls, "sockets": SOCKETS, "ours": ours_is, "floor": floor_is, "megabytes": megabytes}


_COLUMNS = ("perSecond", "median", "most", "last", "missing", "cpu")
_HEADS = ("turns/s", "median ms", "95 % ms", "last ms", "missing", "CPU %")


def show(found: dict[str, Any]) -> None:
    line = "{:<8}" + "{:>12}" * len(_HEADS) + "\n"
    sys.stdout.write(f"{found['calls']} calls, {found['sockets']} sockets, {found['megabytes']} MB\n")
    sys.stdout.write(line.format("", *_HEADS))
    for name in ("ours", "floor"):
        sys.stdout.write(line.format(name, *(found[name][column] for column in _COLUMNS)))


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench live", description=__doc__)
    options.add_argument("--calls", type=int, default=500, help="that go on, at most 500 (500)")
    options.add_argument("--seconds", type=int, default=10, help="of a round (10)")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    options.add_argument("--json", type=Path, default=Path("bench-live.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22230, help="the first of three (22230)")
    chosen = options.parse_args()
    if not 0 < chosen.calls <= SOCKETS * CALLS_OF_A_SOCKET:
        options.error(f"--calls is from 1 to {SOCKETS * CALLS_OF_A_SOCKET}")
    os.sched_setaffinity(0, {OTHER_CORE})
    found = measured(chosen.calls, chosen.seconds, chosen.rounds, chosen.port)
    show(found)
    chosen.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
