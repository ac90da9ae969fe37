"""The commands of compose.yaml and the Dockerfile, run as they are written, as processes on real servers.

No Docker: the folder has what the image copies and nothing else, and names of hosts and ports are replaced.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests import deployment
from tests.deployed import Deployment, production
from tests.script_server import copy_checkout
from tests.servers import redis
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="only where real servers run"),
    pytest.mark.slow,
]


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
        recordings = {name: os.environ[name] for name in os.environ if name.startswith("R2_")}
        place = Deployment(
            folder=folder, variables=production({**recordings, **connections}), command=deployment.command
        )
        place.prepare()
        stack.enter_context(place.all_started())
        yield place


def test_prepare_makes_the_tables_and_the_files_of_the_admin(place: Deployment) -> None:
    stylesheet = re.search(r'href="(/static/tether/admin\.[0-9a-f]+\.css)"', place.get("/admin/login/").text)

    assert place.run([sys.executable, "manage.py", "migrate", "--check"]).returncode == 0
    assert stylesheet is not None
    assert place.get(stylesheet[1]).status_code == 200


def test_http_is_ready_and_knows_of_beat_and_worker(place: Deployment) -> None:
    # On a slow machine either may be late for a moment.
    wait_until(lambda: place.get("/readyz").json()["status"] == "ok", what="beat and worker", every=0.2)


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
    event_id = place.shell(HAPPEN)

    with psycopg.connect(place.variables["DATABASE_URL"], autocommit=True) as connection:

        def read_up_to() -> str:
            (row,) = connection.execute("SELECT last_event_id FROM calls_webhookcursor").fetchall()
            return str(row[0])

        wait_until(lambda: read_up_to() == event_id, what="the job's turn", every=0.2)


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
