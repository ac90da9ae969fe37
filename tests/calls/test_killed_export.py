"""Workers of exports killed as the kernel kills them, again and again: the file has every call once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.script_server import PROJECT, Seeded, environment, in_the_database
from tests.waiting import PATIENCE

CALLS = 1_000

ASK = f"""
from tests.calls.exporting import make_export
from tests.factories import make_call, make_user
user = make_user()
for _ in range({CALLS}):
    make_call(user, ai_summary="A story. " * 20)
print(make_export(user).pk)
"""

# One part in each process: the signal comes while the second is being stored, or put together.
WORK = """
import os, signal
from django.conf import settings
from calls.selectors.exports import sources
from calls.services.exports import make
from calls.storage import LocalExports
settings.TETHER_EXPORT_PART_BYTES, sources.PAGE = 200_000, 50
step = LocalExports.{step}
def killed_after_one(self, *arguments, done=[]):
    if len(done) == {parts}:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(step(self, *arguments))
    return done[-1]
LocalExports.{step} = killed_after_one
make.make_exports()
"""


def run(data: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A process of its own in the data folder."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **environment(data), "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.slow
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="has a data folder of its own")
def test_a_file_that_many_workers_died_of_has_every_call_once(seeded: Seeded, tmp_path: Path) -> None:
    data = seeded.copy_to(tmp_path / "data")
    asked = run(data, ASK)
    assert asked.returncode == 0, asked.stderr
    export_id = asked.stdout.strip()

    parts = []
    for step in ("add_part", "add_part", "complete"):
        worker = run(data, WORK.format(step=step, parts=0 if step == "complete" else 1))
        assert worker.returncode == -signal.SIGKILL, worker.stderr
        ((checkpoint, status),) = in_the_database(
            data, "SELECT checkpoint, status FROM calls_export WHERE id = ?", export_id
        )
        assert status == "running"
        parts.append(len(json.loads(checkpoint)["tags"]))
        # Its lease is over.
        in_the_database(data, "UPDATE calls_export SET leased_until = '2000-01-01 00:00:00' WHERE id = ?", export_id)
    assert parts[0] < parts[1] <= parts[2]
    last = run(data, "from calls.services.exports.make import make_exports; make_exports()")
    assert last.returncode == 0, last.stderr

    ((name, status, rows),) = in_the_database(
        data, "SELECT file, status, rows FROM calls_export WHERE id = ?", export_id
    )
    assert (status, rows) == ("ready", CALLS)
    lines = [json.loads(line)["callId"] for line in (data / "exports" / name).read_text().splitlines()]
    assert len(lines) == CALLS
    assert lines == sorted(set(lines), reverse=True)
    assert [path.name for path in (data / "exports").rglob("*") if path.is_file()] == [Path(name).name]
