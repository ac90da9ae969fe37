"""script/environment.py: a virtual environment that is complete, whatever happened to it before."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.environments import PRINT_GREETING, Place, have_passed
from tests.http_targets import TargetServer, stall
from tests.server_process import end_group
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(400),
    pytest.mark.slow,
]

# See tests/environments.py; script/test says how to run them all.
when_it_has_changed = pytest.mark.skipif(have_passed(), reason="script/environment.py is as it was when these passed")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# ---- Always --------------------------------------------------------------------------------------------------------


def test_it_makes_an_environment_once_and_becomes_the_program(place: Place) -> None:
    with subprocess.Popen(
        place.command(PRINT_GREETING), env=place.variables(), stdout=subprocess.PIPE, text=True
    ) as process:
        printed, _ = process.communicate(timeout=100)
    # It stays one process: a signal that is meant for the program reaches it.
    assert (process.returncode, printed) == (0, f"hello an argument {place.venv} {process.pid}\n")

    # The second time nothing is installed, and nothing said.
    place.lose_the_wheels()
    again = place.run()
    assert (again.returncode, again.stderr) == (0, "")

    # What the lock names anew is added to what is there.
    place.require("farewell", words="goodbye")
    (place.venv / "of the user").touch()
    assert place.run("import farewell, greeting; print(farewell.WORDS, greeting.WORDS)").stdout == "goodbye hello\n"
    assert (place.venv / "of the user").exists()


def test_an_interrupted_installation_ends_at_once_and_is_made_anew(place: Place) -> None:
    place.run()
    place.require("farewell", words="goodbye")

    with TargetServer({"/farewell/": stall()}) as index:
        variables = place.variables(PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_INDEX_URL=index.url())
        for attempt, number in enumerate((signal.SIGINT, signal.SIGTERM), start=1):
            process = subprocess.Popen(
                place.command(PRINT_GREETING), env=variables, stderr=subprocess.DEVNULL, start_new_session=True
            )
            try:
                wait_until(lambda: len(index.requests) >= attempt)  # noqa: B023  # asked before the next turn
                assert place.is_locked()

                process.send_signal(number)

                assert process.wait(60) == 128 + number
                # The installer had inherited the lock; it is free, so the installer is gone.
                assert not place.is_locked()
            finally:
                end_group(process, stop=signal.SIGKILL)
            # It installs everything the next time, into an environment that it makes anew, and stops there again.
            assert (place.venv / "incomplete").exists()

    answer = place.run()

    assert answer.stdout.startswith("hello"), answer.stderr
    assert not (place.venv / "incomplete").exists()


def test_a_start_during_an_installation_waits_for_it(place: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
    (place.venv / "of the user").touch()
    with (place.venv / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            place.command(PRINT_GREETING),
            env=place.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        first_line = process.stderr.readline()
    printed, _ = process.communicate(timeout=100)

    assert first_line == "== Waiting for another installation to end\n"
    assert printed.startswith("hello")
    # An environment that was there already is completed, not made anew.
    assert (place.venv / "of the user").exists()


# ---- When it has changed -------------------------------------------------------------------------------------------


@when_it_has_changed
def test_a_package_that_was_half_written_is_written_whole(place: Place) -> None:
    place.run()
    (place.venv / "incomplete").touch()
    place.lose_the_package()

    answer = place.run()

    assert answer.stdout.startswith("hello")
    assert not (place.venv / "incomplete").exists()


@when_it_has_changed
@pytest.mark.parametrize("damage", ["no interpreter", "another interpreter", "no folder below", "stamp cut off"])
def test_a_damaged_environment_is_made_anew(place: Place, damage: str) -> None:
    place.run()
    match damage:
        case "no interpreter":
            (place.venv / "bin" / "python").unlink()
            (place.venv / "bin" / "python").symlink_to("/nowhere/python3")
        case "another interpreter":
            stamp = place.venv / "requirements.stamp"
            stamp.write_text(stamp.read_text().replace("Python 3.", "Python 2."))
            place.lose_the_package()
        case "no folder below":
            for path in (place.venv / "bin").iterdir():
                path.unlink()
        case "stamp cut off":
            (place.venv / "requirements.stamp").write_text("")

    answer = place.run()

    assert answer.stdout.startswith("hello"), answer.stderr


@when_it_has_changed
def test_without_the_network_it_says_so_and_tries_again_the_next_time(place: Place) -> None:
    place.lose_the_wheels()

    answer = place.run()

    assert answer.returncode == 1
    assert "The first start needs the network" in answer.stderr
    assert "Traceback" not in answer.stderr
    place.packages.write_text("")
    place.require("greeting", words="hello")
    assert place.run().stdout.startswith("hello")


@when_it_has_changed
@pytest.mark.parametrize(
    ("written", "instead"),
    [(r" --hash=sha256:\w+", ""), (r"sha256:\w+", f"sha256:{'0' * 64}")],
    ids=["without a hash", "with another hash"],
)
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_package_that_is_not_the_locked_one_is_not_installed(
    place: Place, tmp_path: Path, installer: str, written: str, instead: str
) -> None:
    place.packages.write_text(re.sub(written, instead, place.packages.read_text()))

    answer = place.run(PATH=f"{_only_uv(tmp_path)}:{os.defpath}" if installer == "uv" else os.defpath)

    assert answer.returncode == 1
    assert "hash" in answer.stderr.lower()
    assert list(place.venv.glob("lib/*/site-packages/greeting.py")) == []


@when_it_has_changed
@pytest.mark.skipif(find_spec("pip") is not None, reason="this environment has pip")
def test_a_python_without_pip_gets_one_into_the_environment(place: Place) -> None:
    place.python = sys.executable

    answer = place.run()

    assert answer.stdout.startswith("hello"), answer.stderr
    assert list(place.venv.glob("lib/*/site-packages/pip"))


@when_it_has_changed
def test_uv_installs_where_it_is_on_the_path(place: Place, tmp_path: Path) -> None:
    answer = place.run(PATH=f"{_only_uv(tmp_path)}:{os.defpath}")

    assert answer.stdout.startswith("hello"), answer.stderr
    assert [path.read_text() for path in place.venv.glob("lib/*/site-packages/greeting-*/INSTALLER")] == ["uv"]


@when_it_has_changed
def test_where_uv_fails_pip_installs(place: Place, tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "uv"
    broken.parent.mkdir()
    broken.write_text('#!/bin/sh\necho "error: no such option" >&2\nexit 2\n')
    broken.chmod(0o700)

    answer = place.run(PATH=f"{broken.parent}:{os.defpath}")

    assert answer.stdout.startswith("hello"), answer.stderr
    assert "== uv could not install the packages; trying pip\n" in answer.stderr
    assert [path.read_text().strip() for path in place.venv.glob("lib/*/site-packages/greeting-*/INSTALLER")] == ["pip"]


def _only_uv(folder: Path) -> Path:
    """A folder for the PATH that has uv, and nothing else of the tests' environment."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent))
    assert uv is not None
    (folder / "bin").mkdir()
    (folder / "bin" / "uv").symlink_to(uv)
    return folder / "bin"
