"""/readyz and the database: whether it can be written to."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from tests.factories import make_organization
from tests.readiness import ALL_WELL, assert_only_unavailable, readyz
from tests.unhurried import HOUR
from tests.waiting import PATIENCE
from tether_calls import health
from tether_calls.accounts.models import Organization

# A test's own transaction would keep it from writing.
pytestmark = pytest.mark.django_db(transaction=True)

PROJECT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the pool of connections is there already")
def test_without_a_database_it_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Read where a thread opens its connection; ours is open.
    monkeypatch.setitem(connections.settings["default"], "NAME", str(tmp_path / "missing" / "database"))

    assert_only_unavailable(readyz(), "database")
    assert connection.vendor == "sqlite"


@pytest.fixture
def another_process_writes() -> Iterator[sqlite3.Connection]:
    """It has SQLite's lock, until it is rolled back."""
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the lock of the whole file is SQLite's")
def test_while_another_process_has_locked_the_database_it_is_not_ready(
    another_process_writes: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_WRITE_SECONDS", 0.05)

    assert_only_unavailable(readyz(), "database")
    another_process_writes.rollback()
    assert readyz().body == ALL_WELL


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="turns are SQLite's")
def test_it_asks_in_its_turn_among_those_who_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction.atomic():
        monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
        assert_only_unavailable(readyz(), "database")
        make_organization()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", HOUR)

    assert readyz().body == ALL_WELL
    assert Organization.objects.count() == 1


def test_writing_to_the_database_changes_nothing() -> None:
    before = dump()
    for _ in range(3):
        assert readyz().status == 200

    assert dump() == before


def dump() -> list[str]:
    """The whole of SQLite's file; of PostgreSQL nothing is written."""
    if connection.vendor != "sqlite":
        return []
    with closing(sqlite3.connect(str(connection.settings_dict["NAME"]))) as reader:
        return [*reader.iterdump(), *map(str, reader.execute("PRAGMA user_version"))]


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="a standby is PostgreSQL's")
def test_with_a_database_that_is_read_only_it_is_not_ready() -> None:
    # As of a standby. For new sessions, so those of the pool end first.
    name = connection.settings_dict["NAME"]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        close_pool()
        assert_only_unavailable(readyz(), "database")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        close_pool()


def close_pool() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


# Nothing longer than a byte can be written any more; for the kernel that is another limit than the disk's, and for
# SQLite the same.
FULL_DISK = """
import json, os, resource
import django
django.setup()
from django.test import Client
first = Client().get("/readyz").json()
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
print(json.dumps([first, Client().get("/readyz").json()]), flush=True)
os._exit(0)
"""


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has a disk of its own")
def test_with_a_full_disk_the_database_is_unavailable(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        cwd=PROJECT,
        env={**os.environ, "TETHER_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert asked.returncode == 0, asked.stderr

    before, after = json.loads(asked.stdout)
    assert before == ALL_WELL
    assert after == {**ALL_WELL, "status": "unavailable", "database": "unavailable", "storage": "unavailable"}
