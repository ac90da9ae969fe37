"""A server of a benchmark as a process group, and the memory that it holds."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.servers import postgres, redis

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0


@contextmanager
def own_variables(*, servers: bool, **more: str) -> Iterator[dict[str, str]]:
    """The environment of a service with a data folder of its own; `servers`: and with PostgreSQL and Redis."""
    with tempfile.TemporaryDirectory(prefix="tether-bench-") as folder, ExitStack() as stack:
        of_servers: dict[str, str] = {}
        if servers:
            of_servers = stack.enter_context(postgres()).environment() | stack.enter_context(redis()).environment()
        yield {
            **os.environ,
            **of_servers,
            "TETHER_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
            "LOG_LEVEL": "WARNING",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "TETHER_SIMULATOR": "0",
            **more,
        }


@contextmanager
def started(command: list[str], *, port: int, environment: Mapping[str, str]) -> Iterator[int]:
    """Run a server until the block ends; yields its process group once it answers. Raises TimeoutError."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{' '.join(command)} does not answer")
            time.sleep(0.1)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def prepared(module: str, arguments: list[str], environment: Mapping[str, str]) -> Any:
    """What a program prints as JSON, run before the server."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def resident(group: int) -> int:
    """Bytes that all processes of a group have in memory."""
    return _sum(group, "VmRSS:")


def peak(group: int) -> int:
    """The most that each of them has had since `forget_peak`, added up."""
    return _sum(group, "VmHWM:")


def forget_peak(group: int) -> None:
    # https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
    for process in _processes(group):
        (process / "clear_refs").write_text("5")


def cpu_seconds(group: int) -> float:
    """Of CPU that all processes of a group have taken."""
    ticks = 0
    for process in _processes(group):
        with suppress(OSError):
            ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _processes(group: int) -> Iterator[Path]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # After the name, which may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
            if int(path.read_text().rpartition(")")[2].split()[2]) == group:
                yield path.parent


def _sum(group: int, name: str) -> int:
    found = 0
    for process in _processes(group):
        for line in (process / "status").read_text().splitlines():
            if line.startswith(name):
                found += int(line.split()[1]) * 1024
    return found
