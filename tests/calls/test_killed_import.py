"""manage.py import_calls killed again and again: nothing is lost, and nothing doubled."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import missed_call_body
from tests.script_server import PROJECT, Seeded
from tests.server_process import clean_environment
from tests.waiting import PATIENCE, wait_until

LINES = 2_000
_OF_IMPORTED = "IN (SELECT id FROM calls_call WHERE agent_name = 'imported')"
_WRONG_COUNTS = (
    "SELECT count(*) FROM conversations_conversation c WHERE message_count <>"
    " (SELECT count(*) FROM conversations_message m WHERE m.conversation_id = c.id)"
)


def ask(data: Path, sql: str) -> tuple[int, ...]:
    with closing(sqlite3.connect(data / "tether.sqlite3", timeout=PATIENCE)) as connection:
        row: tuple[int, ...] = connection.execute(sql).fetchone()
        return row


def calls_in(data: Path) -> int:
    return ask(data, "SELECT count(*) FROM calls_call WHERE agent_name = 'imported'")[0]


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="a data folder of its own; killing one process is enough")
def test_an_import_that_is_killed_after_each_batch_comes_to_its_end(seeded: Seeded, tmp_path: Path) -> None:
    data, file = seeded.copy_to(tmp_path / "data"), tmp_path / "calls.jsonl"
    # Without identifiers, so that a line that is read again would be another call.
    lines = [
        json.dumps(missed_call_body(fromNumber=f"+1613555{number % 90:04}", agentName="imported"))
        if number % 100
        else "{}"
        for number in range(LINES)
    ]
    file.write_text("".join(f"{line}\n" for line in lines))
    (user,) = ask(data, "SELECT id FROM accounts_user WHERE is_active AND organization_id IS NOT NULL LIMIT 1")
    environment = clean_environment(tmp_path) | {"TETHER_DATA_DIR": str(data)}
    killed = 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_calls", str(file), "--user", str(user)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = calls_in(data)
        wait_until(lambda: process.poll() is not None or calls_in(data) > before)  # noqa: B023
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        killed += 1

    # For the lines that are refused.
    assert process.returncode == 1
    assert killed >= 2
    faults = [json.loads(line)["line"] for line in (tmp_path / "calls.jsonl.faults").read_text().splitlines()]
    assert faults == list(range(1, LINES + 1, 100))
    kept = LINES - len(faults)
    assert calls_in(data) == kept
    assert ask(data, f"SELECT count(*) FROM conversations_message WHERE call_id {_OF_IMPORTED}") == (kept,)  # noqa: S608
    assert ask(data, f"SELECT count(*) FROM realtime_eventlog WHERE call_id {_OF_IMPORTED}") == (3 * kept,)  # noqa: S608
    assert ask(data, "SELECT lines, kept, refused FROM calls_callimport") == (LINES, kept, len(faults))
    assert ask(data, _WRONG_COUNTS) == (0,)
