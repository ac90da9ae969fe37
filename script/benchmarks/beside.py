"""A job that works beside ingest: its process, what is taken of ingest meanwhile, and the command line of both."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from script.benchmarks.ingest import OTHER_CORE, Server, pinned
from script.benchmarks.own_service import own_service
from script.benchmarks.resident import ROOT


def loaded_beside(server: Server, body: Path, seconds: float, *worker: str) -> tuple[float, Any]:
    """Ingests a second while `script.benchmarks.<worker>` works, and the JSON that it prints in the end."""
    command = pinned(OTHER_CORE, [sys.executable, "-m", f"script.benchmarks.{worker[0]}", "--worker", *worker[1:]])
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(3)  # until it has begun
        loaded = server.load(body, seconds)["perSecond"]
        if process.poll() is not None:
            sys.stderr.write("The job was over before the load was: take more rows\n")
        return loaded, json.loads(process.communicate()[0].splitlines()[-1])


def run(
    options: argparse.ArgumentParser,
    *,
    seconds: float,
    port: int,
    work: Callable[[argparse.Namespace], None],
    measured: Callable[[argparse.Namespace, Path], dict[str, Any]],
) -> None:
    """Read the command line, to which a benchmark adds how many rows it has; then be its worker, or measure."""
    name = options.prog.split()[-1]
    options.add_argument("--seconds", type=float, default=seconds, help=f"length of one measurement ({seconds:g})")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    options.add_argument("--fsync", action="store_true", help="durable commits, as fast as this disk makes them")
    options.add_argument("--json", type=Path, default=Path(f"bench-{name}.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=port)
    options.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.worker:
        work(chosen)
        return
    os.sched_setaffinity(0, {OTHER_CORE})
    with own_service(fsync=chosen.fsync) as folder:
        found = measured(chosen, folder)
    for title, value in found.items():
        sys.stdout.write(f"{title:<34}{value:>40}\n")
    chosen.json.write_text(json.dumps(found, indent=2) + "\n")
