"""The server killed between storing a call's recording and committing the call: nothing is half there."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.factories import ingest_body, mp3_bytes
from tests.script_server import PROJECT, ScriptServer, Seeded, running
from tests.waiting import PATIENCE, wait_until

SWEEP_TWICE = """
from django.core.management import call_command
for _ in range(2):
    call_command("sweep_recordings", older_than=0)
"""


@pytest.fixture
def data(seeded: Seeded, tmp_path: Path) -> Path:
    return seeded.copy_to(tmp_path / "data")


def recordings_in(data: Path) -> set[Path]:
    return set((data / "recordings").rglob("*.mp3"))


@contextmanager
def nobody_can_commit(data: Path) -> Iterator[None]:
    """Holds the lock that every writer of the database needs."""
    with closing(sqlite3.connect(data / "tether.sqlite3", isolation_level=None, timeout=PATIENCE)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def kill_between_storing_and_committing(server: ScriptServer, body: dict[str, Any]) -> Path:
    """Sends the body, and kills the server once the recording lies in the folder; returns its path."""
    before = recordings_in(server.data)
    errors: list[BaseException] = []

    def send() -> None:
        try:
            server.ingest(body, key=server.printed["apiKey"])
        except requests.RequestException as error:
            errors.append(error)

    with nobody_can_commit(server.data):
        sender = threading.Thread(target=send)
        sender.start()
        wait_until(lambda: recordings_in(server.data) - before)
        assert sender.is_alive(), "the vendor got an answer although nothing could be committed"
        server.kill()
        sender.join(PATIENCE)
    assert len(errors) == 1, "the vendor learned nothing"
    (orphan,) = recordings_in(server.data) - before
    return orphan


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="locks SQLite")
def test_a_call_whose_server_was_killed_between_storing_and_committing_is_not_there_and_can_be_sent_again(
    data: Path,
) -> None:
    before, killed = ingest_body(), ingest_body()
    with running(PROJECT, data=data) as server:
        server.log_in(server.printed["user"])
        # Also notes when the key was last used, which the next request need not write.
        first = server.ingest(before, key=server.printed["apiKey"]).json()["callId"]
        calls_before = server.call_ids()
        orphan = kill_between_storing_and_committing(server, killed)

    with running(PROJECT, data=data) as server:
        server.log_in(server.printed["user"])
        # Nothing of it is there but the file.
        assert server.call_ids() == calls_before
        assert first in calls_before
        assert orphan.read_bytes() == mp3_bytes()

        again = server.ingest(killed, key=server.printed["apiKey"])
        assert again.status_code == 201
        second = again.json()["callId"]
        repeated = server.ingest(killed, key=server.printed["apiKey"])
        assert (repeated.status_code, repeated.json()["callId"]) == (200, second)
        assert sorted(server.call_ids()) == sorted([*calls_before, second])

        files = recordings_in(data)
        first_sweep, second_sweep = server.manage("shell", "-v", "0", "-c", SWEEP_TWICE).splitlines()
        assert "removed 1 recordings" in first_sweep
        assert recordings_in(data) == files - {orphan}
        assert server.play(first) == server.play(second) == mp3_bytes()
        assert "removed 0 recordings" in second_sweep
