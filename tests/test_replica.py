"""Reads from a replica: a server on two PostgreSQL servers, one of which streams to the other."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.factories import missed_call_body
from tests.server_process import end_group, free_ports
from tests.servers import Postgres, postgres
from tests.standby import Standby, standby
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="only where real servers run"),
    pytest.mark.servers,
    pytest.mark.slow,
]

PROJECT = Path(__file__).resolve().parents[1]
METRICS_TOKEN = secrets.token_hex(20)
TO_PRIMARY = "Reads go to the primary, not to the replica"

# Two organizations with a user each: their tokens, and API keys that may push and read.
PREPARE = """
import json
from tests.factories import make_user
from tether_calls.accounts.services.api_keys import default_api_key
from tether_calls.accounts.tokens import issue_tokens
users = [make_user() for _ in range(2)]
print(json.dumps([[issue_tokens(user).access, default_api_key(user=user)] for user in users]))
"""


@dataclass(frozen=True)
class Client:
    base_url: str
    token: str
    key: str

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(f"{self.base_url}{path}", headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ingest(self, name: str, **fields: Any) -> str:
        headers = {"Authorization": f"Bearer {self.key}"}
        body = missed_call_body(externalCallId=name, **fields)
        answer = requests.post(f"{self.base_url}/api/calls/ingest", json=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        call_id: str = answer.json()["callId"]
        return call_id

    def newest(self) -> str | None:
        """The id of the call that was made last, by history."""
        calls = self.get("/api/calls/history?limit=200")["calls"]
        return max((call["_id"] for call in calls), default=None)


@dataclass(frozen=True)
class Place:
    primary: Postgres
    replica: Standby
    variables: dict[str, str]
    log: Path
    client: Client
    stranger: Client

    def readiness(self) -> tuple[int, Any]:
        answer = requests.get(f"{self.client.base_url}/readyz", timeout=PATIENCE)
        return answer.status_code, answer.json()

    def answered_by(self, database: str) -> float:
        """How many reads have been, by the service's own count."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        text = requests.get(f"{self.client.base_url}/metrics", headers=headers, timeout=PATIENCE).text
        found = re.search(rf'^tether_replica_reads_total{{database="{database}"}} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0

    def is_replica_read(self) -> bool:
        return bool(self.readiness()[1]["replica"] == "ok")

    def reads_of_calls(self) -> int:
        """How often the standby's own sessions have looked into the table of calls."""
        sql = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'calls_call'"
        return int(self.replica.ask(sql) or 0)


def environment(primary: Postgres, replica_url: str, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
        "TETHER_DATA_DIR": str(folder),
        # The same in each process, whatever its folder: tokens and keys are good for all of them.
        "SECRET_KEY": secrets.token_urlsafe(64),
        "TETHER_SIMULATOR": "0",
        "METRICS_TOKEN": METRICS_TOKEN,
        "DATABASE_URL": primary.url,
        "DATABASE_REPLICA_URL": replica_url,
        # Far more than a replica needs on a busy machine.
        "DATABASE_REPLICA_WAIT_SECONDS": "5",
    }


def manage(variables: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(variables: dict[str, str], log: Path) -> Iterator[str]:
    """The embedded server in a process of its own; yields the base URL."""
    port = free_ports(1)[0]
    command = [sys.executable, "manage.py", "serve"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**variables, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        base_url = f"http://127.0.0.1:{port}"

        def lives() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return requests.get(f"{base_url}/healthz", timeout=PATIENCE).status_code == 200
            except requests.ConnectionError:
                return False

        wait_until(lives, what="the server", every=0.1, log=log)
        yield base_url
    finally:
        end_group(process, stop=signal.SIGTERM)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("replica")
    # Commits wait for the log, as in production; fsync itself does nothing here.
    with postgres(settings={"synchronous_commit": "on"}) as primary, standby(of=primary) as replica:
        variables = environment(primary, replica.url, folder / "data")
        manage(variables, "migrate", "--verbosity=0")
        ours, theirs = json.loads(manage(variables, "shell", "-v0", "-c", PREPARE).splitlines()[-1])
        log = folder / "server.log"
        with serving(variables, log) as base_url:
            yield Place(primary, replica, variables, log, Client(base_url, *ours), Client(base_url, *theirs))


def test_lists_are_read_from_the_replica_and_what_was_just_written_is_in_them(place: Place) -> None:
    before = place.reads_of_calls()

    for number in range(30):
        assert place.client.ingest(f"own-{number}") == place.client.newest()

    assert place.client.get("/api/calls/statistics")["statistics"]["totalCalls"] == 30
    # Sessions tell of their reads when they have been idle for a second.
    wait_until(lambda: place.reads_of_calls() > before, what="reads on the replica", every=0.2)
    assert (place.answered_by("replica"), place.answered_by("primary")) == (31, 0)
    assert TO_PRIMARY not in place.log.read_text()


def test_a_search_is_read_there_and_finds_what_was_just_written(place: Place) -> None:
    call_id, before = place.client.ingest("searched", summary="A zebra called."), place.answered_by("replica")

    (hit,) = place.client.get("/api/calls/search?q=zebra")["hits"]

    assert hit["call"]["_id"] == call_id
    assert place.answered_by("replica") == before + 1
    assert place.stranger.get("/api/calls/search?q=zebra")["hits"] == []


def test_another_organization_reads_nothing_of_it_there(place: Place) -> None:
    place.client.ingest("not-theirs")

    assert place.stranger.newest() is None
    assert place.stranger.get("/api/calls/statistics")["statistics"]["totalCalls"] == 0


def test_an_export_is_read_there_piece_by_piece_and_has_what_was_just_written(place: Place) -> None:
    call_id, before = place.client.ingest("exported"), place.answered_by("replica")
    headers = {"Authorization": f"Bearer {place.client.token}"}
    body = {"kind": "calls", "format": "jsonl", "columns": ["callId"]}
    asked = requests.post(f"{place.client.base_url}/api/exports", json=body, headers=headers, timeout=PATIENCE).json()
    path = f"/api/exports/{asked['export']['_id']}"

    wait_until(lambda: place.client.get(path)["export"]["status"] == "ready", what="the export", every=0.1)

    # How many there are, and one page of them.
    assert place.answered_by("replica") - before == 2
    file = requests.get(place.client.get(path)["export"]["url"], timeout=PATIENCE)
    assert json.loads(file.text.splitlines()[0]) == {"callId": call_id}


@contextmanager
def replay_paused(replica: Standby) -> Iterator[None]:
    """It receives everything, and shows nothing of it: as far behind as can be."""
    replica.ask("SELECT pg_wal_replay_pause()")
    try:
        wait_until(lambda: replica.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", every=0.05)
        yield
    finally:
        replica.ask("SELECT pg_wal_replay_resume()")


def test_where_the_replica_is_behind_the_primary_answers_and_the_node_stays_in(place: Place, tmp_path: Path) -> None:
    log = tmp_path / "hasty.log"
    hasty = {"DATABASE_REPLICA_WAIT_SECONDS": "0.05", "TETHER_DATA_DIR": str(tmp_path / "data")}
    with replay_paused(place.replica), serving(place.variables | hasty, log) as url:
        client = Client(url, place.client.token, place.client.key)
        for number in range(5):
            assert client.ingest(f"behind-{number}") == client.newest()
        answer = requests.get(f"{url}/readyz", timeout=PATIENCE)

    assert answer.status_code == 200
    assert answer.json() | {"beat": "ok", "worker": "ok"} == {
        **dict.fromkeys(("database", "cache", "channelLayer", "storage", "beat", "worker"), "ok"),
        "status": "degraded",
        "replica": "unavailable",
    }
    assert log.read_text().count(TO_PRIMARY) == 1
    assert f"{TO_PRIMARY}: it is behind" in log.read_text()


def test_where_the_replica_breaks_off_the_primary_answers_the_same_request(place: Place) -> None:
    """As it does with what stands in the way of the replay for too long."""
    call_id = place.client.ingest("broken-off")
    wait_until(place.is_replica_read, what="the replica", every=0.1)
    answers: list[str | None] = []
    before = place.answered_by("primary")
    with psycopg.connect(place.primary.url) as locking:
        # Standbys take over such locks, so that the read waits there.
        locking.execute("LOCK TABLE calls_call IN ACCESS EXCLUSIVE MODE")
        with psycopg.connect(place.primary.url) as writing:
            # Its commit takes the log of the lock to the disk, and so to the standby.
            writing.execute("SELECT pg_logical_emit_message(true, 'test', 'a commit')")
        reading = threading.Thread(target=lambda: answers.append(place.client.newest()))
        reading.start()
        kill = "SELECT nullif(count(pg_terminate_backend(pid)), 0) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: place.replica.ask(kill), what="the read on the replica", every=0.05)
        locking.rollback()
    reading.join(PATIENCE)
    assert place.answered_by("primary") > before

    assert answers == [call_id]


def test_where_the_replica_is_away_the_primary_answers_until_it_is_back(place: Place) -> None:
    wait_until(place.is_replica_read, what="the replica", every=0.1)
    place.replica.stop()
    try:
        for number in range(5):
            assert place.client.ingest(f"away-{number}") == place.client.newest()
        status, parts = place.readiness()
    finally:
        place.replica.start()

    assert (status, parts["status"], parts["replica"]) == (200, "degraded", "unavailable")
    wait_until(place.is_replica_read, what="the replica", every=0.1)
    before = place.answered_by("replica")
    wait_until(lambda: place.client.newest() and place.answered_by("replica") > before, what="its reads", every=0.2)


def test_what_has_become_a_server_of_its_own_is_not_read(place: Place, tmp_path: Path) -> None:
    """Promoted by mistake, say; from then on it would never hear of anything."""
    with standby(of=place.primary) as promoted:
        promoted.ask("SELECT pg_promote()")
        log = tmp_path / "promoted.log"
        other = {"DATABASE_REPLICA_URL": promoted.url, "TETHER_DATA_DIR": str(tmp_path / "data")}
        with serving(place.variables | other, log) as url:
            client = Client(url, place.client.token, place.client.key)
            assert client.ingest("promoted") == client.newest()

    assert f"{TO_PRIMARY}: it is no standby of this primary" in log.read_text()


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_REPLICA_URL and DATABASE_URL both have to name PostgreSQL"),
        (
            {"DATABASE_URL": "postgresql://tether:secret@db.example/other"},
            "DATABASE_REPLICA_URL names another database than DATABASE_URL",
        ),
    ],
)
def test_what_can_be_no_replica_is_refused_at_the_start(variables: dict[str, str], reason: str, tmp_path: Path) -> None:
    given = {
        "PATH": os.environ["PATH"],
        "TETHER_DATA_DIR": str(tmp_path),
        "DATABASE_REPLICA_URL": "postgresql://tether:secret@replica.example/tether",
        **variables,
    }
    started = subprocess.run(
        [sys.executable, "-c", "import tether_calls.settings.base"],
        cwd=PROJECT,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert started.returncode == 1
    assert reason in started.stderr
    assert "secret" not in started.stderr
