"""`script/bench ingest`: requests a second of POST /api/calls/ingest, beside the floor, on a PostgreSQL of its own.

Server and floor run on the first core, PostgreSQL and the load generator on the second; each round measures both, and
the median round counts. Absolute figures depend on the machine; the ratio is what to look at.
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
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from script.benchmarks.load import CALL_MARK, NUMBER_MARK
from tests.servers import postgres

ROOT = Path(__file__).resolve().parents[2]
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


@contextmanager
def serving(port: int) -> Iterator[None]:
    """One granian WSGI worker, pinned to its core."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", os.environ.get("BENCH_THREADS", "8"), "--log-level", "warning"]
    command += ["tether_calls.wsgi:application"]
    server = subprocess.Popen(pinned(SERVER_CORE, command), cwd=ROOT, start_new_session=True)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                break
            except OSError:
                continue
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=10)


def pinned(core: int, command: list[str]) -> list[str]:
    return ["taskset", "--cpu-list", str(core), *command]


def measure(module: str, core: int, *arguments: str) -> dict[str, Any]:
    command = pinned(core, [sys.executable, "-m", f"script.benchmarks.{module}", *arguments])
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def make_key() -> str:
    """Migrate, and make the user whose key the load carries."""
    import django

    django.setup()
    from django.core.management import call_command

    from tether_calls.accounts.models import Organization, User
    from tether_calls.accounts.services.api_keys import default_api_key

    call_command("migrate", verbosity=0)
    organization = Organization.objects.create(name="Benchmark")
    return default_api_key(user=User.objects.create_user("bench@example.com", "-", organization=organization))


def main() -> None:
    options = argparse.ArgumentParser(prog="script/bench ingest", description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="length of one measurement (5)")
    options.add_argument("--rounds", type=int, default=3, help="rounds; the median counts (3)")
    options.add_argument("--fsync", action="store_true", help="durable commits, as fast as this disk makes them")
    options.add_argument("--json", type=Path, default=Path("bench-ingest.json"), help="where the figures go")
    options.add_argument("--port", type=int, default=22190)
    chosen = options.parse_args()

    os.sched_setaffinity(0, {OTHER_CORE})
    with tempfile.TemporaryDirectory(prefix="tether-bench-") as folder, postgres(fsync=chosen.fsync) as database:
        os.environ |= database.environment() | {"TETHER_DATA_DIR": folder, "LOG_LEVEL": "WARNING"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "tether_calls.settings.base"
        os.environ["ALLOWED_HOSTS"] = "127.0.0.1,testserver"
        key = make_key()
        rows = []
        with serving(chosen.port):
            for name, body in bodies(Path(folder)).items():
                common = ("--body", str(body), "--key", key, "--seconds", str(chosen.seconds))
                measure("load", OTHER_CORE, "--port", str(chosen.port), *common[:-1], "2")
                rounds = [
                    (
                        measure("load", OTHER_CORE, "--port", str(chosen.port), *common),
                        measure("floor", SERVER_CORE, *common),
                    )
                    for _ in range(chosen.rounds)
                ]
                rows.append(summary(name, rounds))
    show(rows)
    chosen.json.write_text(json.dumps(rows, indent=2) + "\n")


def summary(name: str, rounds: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    served = statistics.median(load["perSecond"] for load, _ in rounds)
    floor = statistics.median(floor["perSecond"] for _, floor in rounds)
    return {
        "scenario": name,
        "requestsPerSecond": round(served),
        "floorPerSecond": round(floor),
        "ratio": round(statistics.median(load["perSecond"] / floor["perSecond"] for load, floor in rounds), 2),
        "p50Milliseconds": round(1000 * statistics.median(load["p50"] for load, _ in rounds), 1),
        "p99Milliseconds": round(1000 * statistics.median(load["p99"] for load, _ in rounds), 1),
        "statements": rounds[0][1]["statements"],
        "answers": rounds[0][0]["statuses"],
    }


def show(rows: list[dict[str, Any]]) -> None:
    line = "{:<40}{:>12}{:>10}{:>8}{:>10}{:>10}{:>12}\n"
    sys.stdout.write(line.format("", "requests/s", "floor/s", "ratio", "p50 ms", "p99 ms", "statements"))
    columns = ("requestsPerSecond", "floorPerSecond", "ratio", "p50Milliseconds", "p99Milliseconds", "statements")
    for row in rows:
        sys.stdout.write(line.format(row["scenario"], *(row[column] for column in columns)))


if __name__ == "__main__":
    main()
