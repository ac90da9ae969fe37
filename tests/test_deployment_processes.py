"""The commands of compose.yaml and the Dockerfile, run as they are written, as processes on real servers.

No Docker: the folder has what the image copies and nothing else, and names of hosts and ports are replaced.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from cryptography.fernet import Fernet
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests import deployment
from tests.script_server import copy_checkout
from tests.server_process import end_group, free_ports
from tests.servers import redis
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="only where real servers run"),
    pytest.mark.slow,
]

PROXY = {"Host": "calls.example", "X-Forwarded-Proto": "https"}


@dataclass
class Deployment:
    """A folder like the image's, what a process in it is given, and the processes that run."""

    folder: Path
    variables: Mapping[str, str]
    database_url: str
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def words(self, command: list[str]) -> list[str]:
        """With this machine's Python and free ports; nothing listens beyond the machine."""
        replaced = [word.replace("0.0.0.0", "127.0.0.1") for word in command]  # noqa: S104
        for inside, outside in self.ports.items():
            replaced = [re.sub(rf"\b{inside}\b", str(outside), word) for word in replaced]
        return replaced

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(command),
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def is_healthy(self, name: str) -> bool:
        """As the container's own check sees it."""
        return self.run(deployment.health_command(name)).returncode == 0

    def get(self, path: str, port: str = "8000") -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.ports[port]}{path}", headers=PROXY, timeout=PATIENCE)

    def log(self, name: str) -> Path:
        return self.folder.with_name(f"{name}.log")

    @contextmanager
    def started(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        with self.log(name).open("wb") as log:
            process = subprocess.Popen(
                self.words(deployment.command(name)),
                cwd=self.folder,
                env=self.variables,
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
def own_database() -> Iterator[str]:
    """An empty database on the server of the tests."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    name = f"compose_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Prepared, with all four processes started."""
    folder = tmp_path_factory.mktemp("compose") / "srv"
    checkout = copy_checkout(tmp_path_factory.mktemp("compose") / "checkout")
    folder.mkdir()
    for name in deployment.copied():
        (checkout / name).rename(folder / name)
    with ExitStack() as stack:
        database_url = stack.enter_context(own_database())
        redis_url = stack.enter_context(redis()).url
        passwords = {"DB_PASSWORD": urlsplit(database_url).password, "REDIS_PASSWORD": urlsplit(redis_url).password}
        connections = deployment.environment("http", {name: word or "" for name, word in passwords.items()})
        # All that is left of the URLs of compose is user, password and scheme; hosts and database are our own.
        here = {"DATABASE_URL": urlsplit(database_url), "REDIS_URL": urlsplit(redis_url)}
        for name, url in connections.items():
            there = urlsplit(url)
            assert (there.username or "", there.password) == (here[name].username or "", here[name].password)
            connections[name] = there._replace(netloc=here[name].netloc, path=here[name].path).geturl()
        values = {
            "DJANGO_SETTINGS_MODULE": "tether_calls.settings.production",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "ALLOWED_HOSTS": PROXY["Host"],
            "PUBLIC_BASE_URL": f"https://{PROXY['Host']}",
            "TRUSTED_PROXIES": "1",
            "R2_ACCOUNT_ID": "",
            **{name: os.environ[name] for name in os.environ if name.startswith("R2_")},
            **connections,
        }
        assert values.keys() - {"R2_ENDPOINT_URL"} == set(deployment.environment_file())
        place = Deployment(
            folder=folder,
            variables={"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "HOME": str(folder), **values},
            database_url=database_url,
            ports=dict(zip(("8000", "8001"), free_ports(2), strict=True)),
        )
        prepared = place.run(deployment.command("prepare"))
        assert prepared.returncode == 0, prepared.stdout + prepared.stderr
        for name in ("http", "socket", "worker", "beat"):
            stack.enter_context(place.started(name))
        for name in ("http", "socket"):
            wait_until(partial(place.is_healthy, name), what=name, every=0.1, log=place.log(name))
        yield place


def test_prepare_makes_the_tables_and_the_files_of_the_admin(place: Deployment) -> None:
    stylesheet = re.search(r'href="(/static/tether/admin\.[0-9a-f]+\.css)"', place.get("/admin/login/").text)

    assert place.run([sys.executable, "manage.py", "migrate", "--check"]).returncode == 0
    assert stylesheet is not None
    assert place.get(stylesheet[1]).status_code == 200


def test_http_is_ready(place: Deployment) -> None:
    assert place.get("/readyz").json()["status"] == "ok"


def test_the_deployment_is_found_in_order(place: Deployment) -> None:
    done = place.run([sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"])

    assert done.returncode == 0, done.stderr


def test_the_socket_answers_whoever_has_no_token(place: Deployment) -> None:
    with (
        connect(f"ws://127.0.0.1:{place.ports['8001']}/ws/events", proxy=None) as socket,
        pytest.raises(ConnectionClosed) as closed,
    ):
        socket.recv(timeout=PATIENCE)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


# Something that happens in an organization, while the log is being read for webhooks; prints the event's id.
HAPPEN = """
from django.db import transaction
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import Event, EventName, publish
from tether_calls.realtime.models import EventLog
WebhookCursor.objects.create(name="webhooks")
with transaction.atomic():
    publish(organization_id=new_object_id(), call_id=None, events=[Event(EventName.CALL_ENDED, {})])
print(EventLog.objects.get().pk)
"""


def test_a_worker_does_what_beat_tells_it(place: Deployment) -> None:
    """The job of webhooks has read the log as far as the event."""
    done = place.run([sys.executable, "manage.py", "shell", "-v0", "-c", HAPPEN])
    assert done.returncode == 0, done.stderr

    with psycopg.connect(place.database_url, autocommit=True) as connection:

        def read_up_to() -> str:
            (row,) = connection.execute("SELECT last_event_id FROM calls_webhookcursor").fetchall()
            return str(row[0])

        wait_until(lambda: read_up_to() == done.stdout.strip(), what="the job's turn", every=0.2)


def test_a_killed_web_worker_takes_nobody_with_it_and_is_replaced(place: Deployment) -> None:
    main = place.running["http"].pid
    before = _children(main)
    assert len(before) == 4

    os.kill(before[0], signal.SIGKILL)

    wait_until(lambda: len(_children(main)) == 4 and before[0] not in _children(main), what="another worker")
    assert all(place.get("/healthz").status_code == 200 for _ in range(8))
    assert place.running["http"].poll() is None


@pytest.mark.parametrize("name", ["http", "socket", "worker", "beat"])
def test_the_first_line_of_its_log_names_the_version(place: Deployment, name: str) -> None:
    version = place.get("/healthz").json()["version"]
    ours = re.findall(r"^[\d-]{10} [\d:,]{12} \w+ \S+ \[.*$", place.log(name).read_text(), re.MULTILINE)

    assert f" Tether Calls {version} starts, on Python 3." in ours[0]


def _children(pid: int) -> list[int]:
    """The processes that it has started, in the order of their numbers."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return sorted(int(number) for number in found.split())
