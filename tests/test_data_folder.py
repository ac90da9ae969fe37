"""The folder of the embedded default: one server's, its owner's, and named when it cannot be used."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.waiting import PATIENCE
from tether_calls.common.management.commands.serve import data_dir

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def _own_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def serve(folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {
        **kept,
        "TETHER_DATA_DIR": str(folder),
        "PORT": "0",
        "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
    }
    command = [sys.executable, "manage.py", "serve"]
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_a_second_server_on_it_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = serve(tmp_path)

    assert refused.returncode == 1
    assert f"Another server is using {tmp_path}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_is_a_file_is_named_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    refused = serve(file)

    assert refused.returncode == 1
    assert refused.stderr == f"TETHER_DATA_DIR {file} cannot be used: File exists\n"


@pytest.mark.usefixtures("_own_umask")
def test_what_is_written_there_is_for_its_owner_only(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    with data_dir():
        (tmp_path / "database").touch()
        (tmp_path / "recordings").mkdir()

    assert stat.S_IMODE((tmp_path / "database").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "recordings").stat().st_mode) == 0o700
