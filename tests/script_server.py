"""script/server as a user runs it: from a copy of the checkout, as a process of its own, on a free port."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import requests

from tests.server_process import clean_environment, end_group, tail
from tests.waiting import PATIENCE, wait_until

PROJECT = Path(__file__).resolve().parents[1]


def copy_checkout(folder: Path) -> Path:
    """Everything that git tracks or would track, and what Python has compiled of it; nothing else."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        source, target = PROJECT / name, folder / name
        if source.is_file():  # not one that was deleted and not yet committed
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            if source.suffix == ".py":
                _copy_compiled(source, target)
    return folder


def _copy_compiled(source: Path, target: Path) -> None:
    """Else the processes of every checkout compile it anew; it is still true, as the copy keeps its time."""
    compiled, there = Path(cache_from_source(str(source))), Path(cache_from_source(str(target)))
    with suppress(FileNotFoundError):
        there.parent.mkdir(exist_ok=True)
        shutil.copy2(compiled, there)


@dataclass(frozen=True)
class Seeded:
    """The data folder of a demo whose providers were never simulated, as a server left it that was killed.

    `printed`: by that server.
    """

    data: Path
    printed: dict[str, Any]

    def copy_to(self, folder: Path) -> Path:
        """For a server that shall find it there; returns the folder."""
        return shutil.copytree(self.data, folder)


class ScriptServer:
    """A running script/server, with the session of whoever was logged in last."""

    def __init__(self, process: subprocess.Popen[bytes], *, data: Path, output: Path, log: Path) -> None:
        self.process = process
        self.data = data
        self.output = output
        self.log = log
        self.printed: dict[str, Any] = {}
        self.token = ""

    def wait_until_ready(self) -> dict[str, Any]:
        """What it printed to stdout, once it answers."""
        wait_until(self._has_printed, what="its start", every=0.05, log=self.log)
        # It listens before it is ready; who asks early waits.
        assert requests.get(f"{self.printed['baseUrl']}/healthz", timeout=PATIENCE).status_code == 200
        return self.printed

    def _has_printed(self) -> bool:
        assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{tail(self.log)}"
        with suppress(json.JSONDecodeError):
            self.printed = json.loads(self.output.read_text())
        return bool(self.printed)

    def log_in(self, login: dict[str, str]) -> dict[str, Any]:
        body = {"email": login["email"], "password": login["password"]}
        answer = requests.post(f"{self.printed['baseUrl']}/api/auth/login", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        self.token = session["token"]
        return session

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(f"{self.printed['baseUrl']}{path}", headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any], *, timeout: float = 60) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(f"{self.printed['baseUrl']}{path}", json=body, headers=headers, timeout=timeout)

    def dial(self, number: str) -> requests.Response:
        """An AI call, by whoever and from wherever the demo has it."""
        return self.post("/api/calls/ai/outbound", {"phoneNumber": number, "callReason": "To remind of Friday."})

    def simulated(self) -> dict[str, Any]:
        """What the simulated providers know: `calls`, oldest first, and how many are `under_way`."""
        answer = requests.get(f"{self.printed['simulatorUrl']}/simulator/calls", timeout=PATIENCE)
        document: dict[str, Any] = answer.json()
        return document

    def call_in(self, provider: str, *, from_number: str, to: str) -> None:
        """Somebody calls one of the demo's numbers."""
        wish = {"provider": provider, "from": from_number, "to": to}
        answer = requests.post(f"{self.printed['simulatorUrl']}/simulator/inbound", json=wish, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text

    def call_ids(self) -> list[str]:
        calls: list[dict[str, Any]] = []
        while len(calls) < (page := self.get(f"/api/calls/history?limit=200&offset={len(calls)}"))["total"]:
            calls += page["calls"]
        return [call["_id"] for call in calls]

    def ingest(self, body: dict[str, Any], *, key: str, timeout: float = 60) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"}
        address = f"{self.printed['baseUrl']}/api/calls/ingest"
        return requests.post(address, json=body, headers=headers, timeout=timeout)

    def play(self, call_id: str) -> bytes:
        """The bytes of a call's recording, from the address that the API gives."""
        answer = requests.get(self.get(f"/api/calls/{call_id}/recording")["audioUrl"], timeout=PATIENCE)
        assert answer.status_code == 200
        return answer.content

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints, run next to the server."""
        command = [sys.executable, str(PROJECT / "manage.py"), *arguments]
        variables = environment(self.data, DJANGO_SETTINGS_MODULE="tether_calls.settings.base")
        done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE)
        return done.stdout

    def kill(self) -> None:
        """Without any chance to tidy up."""
        self.process.kill()
        self.process.wait(PATIENCE)


def environment(data: Path, **variables: str) -> dict[str, str]:
    """For a process whose settings come from nowhere else; the tests' own environment has all packages."""
    return {
        # Programs that the tests were started with are found, and nothing else is inherited.
        **clean_environment(data.parent),
        "PATH": os.environ.get("PATH", os.defpath),
        "TETHER_DATA_DIR": str(data),
        "TETHER_VENV": sys.prefix,
        # Set and empty, so that a .env of the checkout has no say.
        **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "R2_BUCKET", "PUBLIC_BASE_URL", "SECRET_KEY"), ""),
        "HOST": "127.0.0.1",
        "PORT": "0",
        **variables,
    }


def in_the_database(data: Path, sql: str, *values: str) -> list[Any]:
    """What a statement returns that is run in a server's data folder, and committed."""
    with closing(sqlite3.connect(data / "tether.sqlite3", timeout=PATIENCE)) as connection, connection:
        return connection.execute(sql, values).fetchall()


@contextmanager
def started(checkout: Path, *, data: Path, **variables: str) -> Iterator[ScriptServer]:
    """Starts it from another folder than its own; ends it with SIGTERM if it still runs by then."""
    output, log = data.with_suffix(".stdout"), data.with_suffix(".log")
    with output.open("wb") as stdout, log.open("ab") as stderr:
        process = subprocess.Popen(
            [checkout / "script" / "server"],
            cwd="/",
            env=environment(data, **variables),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        yield ScriptServer(process, data=data, output=output, log=log)
    finally:
        end_group(process, stop=signal.SIGTERM)


@contextmanager
def running(checkout: Path, *, data: Path, **variables: str) -> Iterator[ScriptServer]:
    """Starts it, and waits until it answers."""
    with started(checkout, data=data, **variables) as server:
        server.wait_until_ready()
        yield server


def seeded_at(folder: Path) -> Seeded:
    """Made by the first process that asks for it; the others, side by side with it, find it there."""
    folder.mkdir(exist_ok=True)
    data, printed = folder / "data", folder / "printed.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            shutil.rmtree(data, ignore_errors=True)
            with running(PROJECT, data=data, TETHER_SIMULATOR="0") as server:
                server.kill()
            printed.write_text(json.dumps(server.printed))
    return Seeded(data, json.loads(printed.read_text()))
