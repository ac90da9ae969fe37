"""script/environment.py: a virtual environment that is complete, whatever happened to it before."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.http_targets import TargetServer, stall
from tests.script_server import PROJECT
from tests.server_process import clean_environment, end_group
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(400)

PRINT_GREETING = "import greeting, sys; print(greeting.WORDS, sys.argv[1], sys.prefix)"


class Place:
    """An environment to be made, its requirements, and wheels to install; the network plays no part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / "the venv"
        self.requirements = folder / "requirements.txt"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.require("greeting", words="hello")

    def require(self, name: str, *, words: str) -> None:
        """Put a package into the requirements, and its wheel where pip finds it."""
        metadata = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(self.wheels / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", f"WORDS = {words!r}\n")
            wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{metadata}/RECORD", "")
        with self.requirements.open("a") as requirements:
            requirements.write(f"{name}==1.0\n")

    def lose_the_wheels(self) -> None:
        for wheel in self.wheels.iterdir():
            wheel.unlink()

    def command(self, program: str) -> list[str]:
        script = str(PROJECT / "script" / "environment.py")
        return [sys.executable, script, str(self.venv), str(self.requirements), "-c", program, "an argument"]

    def variables(self, **variables: str) -> dict[str, str]:
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull}
        return {**clean_environment(self.folder), **offline, **variables}

    def run(self, program: str = PRINT_GREETING) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(program), env=self.variables(), capture_output=True, text=True, check=False, timeout=100
        )

    def is_locked(self) -> bool:
        """Whether an installation, or anything that it started, still runs."""
        if not (self.venv / "lock").exists():
            return False
        with (self.venv / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_it_makes_an_environment_and_becomes_the_program(place: Place) -> None:
    answer = place.run()

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == f"hello an argument {place.venv}\n"


def test_it_stays_one_process(place: Place) -> None:
    with subprocess.Popen(
        place.command("import os; print(os.getpid())"), env=place.variables(), stdout=subprocess.PIPE, text=True
    ) as process:
        printed, _ = process.communicate(timeout=100)

    assert printed == f"{process.pid}\n"


def test_the_second_time_nothing_is_installed(place: Place) -> None:
    place.run()
    place.lose_the_wheels()

    answer = place.run()

    assert (answer.returncode, answer.stderr) == (0, "")


def test_what_the_requirements_name_anew_is_added(place: Place) -> None:
    place.run()
    place.require("farewell", words="goodbye")

    answer = place.run("import farewell; print(farewell.WORDS)")

    assert answer.stdout == "goodbye\n"


def test_an_environment_that_is_already_there_is_kept_and_completed(place: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
    (place.venv / "of the user").touch()

    answer = place.run()

    assert answer.returncode == 0, answer.stderr
    assert (place.venv / "of the user").exists()


def test_an_interrupted_installation_is_made_anew(place: Place) -> None:
    place.run()
    # As it is when pip was killed: a package that pip takes for installed, and half of it missing.
    (place.venv / "incomplete").touch()
    (package,) = place.venv.glob("lib/*/site-packages/greeting.py")
    package.unlink()

    answer = place.run()

    assert answer.stdout.startswith("hello")
    assert not (place.venv / "incomplete").exists()


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
            (package,) = place.venv.glob("lib/*/site-packages/greeting.py")
            package.unlink()
        case "no folder below":
            for path in (place.venv / "bin").iterdir():
                path.unlink()
        case "stamp cut off":
            (place.venv / "requirements.stamp").write_text("")

    answer = place.run()

    assert answer.stdout.startswith("hello"), answer.stderr


def test_without_the_network_it_says_so_and_tries_again_the_next_time(place: Place) -> None:
    place.lose_the_wheels()

    answer = place.run()

    assert answer.returncode == 1
    assert "The first start needs the network" in answer.stderr
    assert "Traceback" not in answer.stderr
    place.requirements.write_text("")
    place.require("greeting", words="hello")
    assert place.run().stdout.startswith("hello")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_installation_ends_all_of_it(place: Place, number: signal.Signals) -> None:
    with TargetServer({"/greeting/": stall()}) as index:
        variables = place.variables(PIP_NO_INDEX="", PIP_FIND_LINKS="", PIP_INDEX_URL=index.url())
        process = subprocess.Popen(
            place.command(PRINT_GREETING), env=variables, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            wait_until(lambda: bool(index.requests))
            assert place.is_locked()

            process.send_signal(number)

            assert process.wait(60) == 128 + number
            # pip had inherited the lock; it is free, so pip is gone.
            assert not place.is_locked()
        finally:
            end_group(process, stop=signal.SIGKILL)


def test_a_start_during_an_installation_waits_for_it(place: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place.venv], check=True)
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
        said = process.stderr.readline()
    printed, _ = process.communicate(timeout=100)

    assert said == "== Waiting for another installation to end\n"
    assert printed.startswith("hello")
