"""The program deployed in a folder: its processes, started by the commands of the documents on real servers."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests
from cryptography.fernet import Fernet

from tests import deployment
from tests.server_process import end_group, free_ports
from tests.waiting import PATIENCE, wait_until

HOST = "calls.example"
# As the proxy hands a request on.
PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


def production(servers: Mapping[str, str]) -> dict[str, str]:
    """The environment file of docs/operations.md, filled in; `servers` are its variables of the servers."""
    values = {
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": HOST,
        "PUBLIC_BASE_URL": f"https://{HOST}",
        "TRUSTED_PROXIES": "1",
        "R2_ACCOUNT_ID": "",
        **servers,
    }
    assert values.keys() - {"R2_ENDPOINT_URL"} == set(deployment.environment_file())
    return values


@dataclass
class Deployment:
    """A folder with the program, what a process in it is given, and the processes that run."""

    folder: Path
    variables: Mapping[str, str]
    # A process's command, as one of the documents says it.
    command: Callable[[str], list[str]]
    ports: Mapping[str, int] = field(default_factory=lambda: dict(zip(("8000", "8001"), free_ports(2), strict=True)))
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def words(self, command: list[str]) -> list[str]:
        """With this machine's Python and free ports; nothing listens beyond the machine."""
        programs = f"{Path(sys.executable).parent}/"
        replaced = [word.replace("0.0.0.0", "127.0.0.1") for word in command]  # noqa: S104
        replaced = [word.replace("/srv/tether/.venv/bin/", programs) for word in replaced]
        for inside, outside in self.ports.items():
            replaced = [re.sub(rf"\b{inside}\b", str(outside), word) for word in replaced]
        return replaced

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(command),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def prepare(self) -> None:
        done = self.run(deployment.command("prepare"))
        assert done.returncode == 0, done.stdout + done.stderr

    def shell(self, program: str) -> str:
        """What it prints, run by `manage.py shell`."""
        done = self.run([sys.executable, "manage.py", "shell", "-v0", "-c", program])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def is_healthy(self, name: str) -> bool:
        """As the container's own check sees it."""
        return self.run(deployment.health_command(name)).returncode == 0

    def get(self, path: str, port: str = "8000") -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.ports[port]}{path}", headers=PROXY, timeout=PATIENCE)

    @property
    def _environment(self) -> Mapping[str, str]:
        return {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "HOME": str(self.folder), **self.variables}

    def log(self, name: str) -> Path:
        return self.folder.with_name(f"{name}.log")

    @contextmanager
    def started(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        with self.log(name).open("wb") as log:
            process = subprocess.Popen(
                self.words(self.command(name)),
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[name] = process
        try:
            yield process
        finally:
            end_group(process, stop=signal.SIGTERM)

    @contextmanager
    def all_started(self) -> Iterator[None]:
        """All four; the two that answer have answered."""
        with ExitStack() as stack:
            for name in ("http", "socket", "worker", "beat"):
                stack.enter_context(self.started(name))
            for name in ("http", "socket"):
                wait_until(partial(self.is_healthy, name), what=name, every=0.1, log=self.log(name))
            yield
