"""A folder for script/environment.py to make an environment in, and whether all of its tests have to run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.server_process import clean_environment

PROJECT = Path(__file__).resolve().parents[1]

# Every environment takes seconds to make, so most of the tests that make some run only while one of these files is
# not as it was when all of them passed. `script/test installer` runs them all, and then writes the record.
RECORD = PROJECT / "tests" / "installer.sha256"
RUN_ALL = "TETHER_TEST_INSTALLER"
_RECORDED = ("script/environment.py", "script/python", "tests/environments.py", "tests/test_script_environment.py")

# The Python that the tests' own environment was made with: like a user's it has a pip, which the environment has not.
BASE_PYTHON = f"{sys.base_prefix}/bin/python3.{sys.version_info.minor}"

PRINT_GREETING = "import greeting, os, sys; print(greeting.WORDS, sys.argv[1], sys.prefix, os.getpid())"


def digest() -> str:
    """Of the installer and its tests: the same on every machine and in every checkout of the same files."""
    lines = [f"{hashlib.sha256((PROJECT / name).read_bytes()).hexdigest()}  {name}\n" for name in _RECORDED]
    return "".join(lines)


def have_passed() -> bool:
    """Whether all tests have passed with the installer as it is, and they are not wanted all the same."""
    return RUN_ALL not in os.environ and RECORD.is_file() and RECORD.read_text() == digest()


class Place:
    """An environment to be made, its lock, and wheels to install; the network plays no part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = BASE_PYTHON
        self.venv = folder / "the venv"
        self.packages = folder / "requirements.lock"
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.require("greeting", words="hello")

    def require(self, name: str, *, words: str) -> None:
        """Put a package into the lock, and its wheel where installers find it."""
        metadata = f"{name}-1.0.dist-info"
        wheel_path = self.wheels / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel_path, "w") as wheel:
            wheel.writestr(f"{name}.py", f"WORDS = {words!r}\n")
            wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{metadata}/RECORD", f"{name}.py,,\n{metadata}/METADATA,,\n{metadata}/WHEEL,,\n")
        with self.packages.open("a") as packages:
            packages.write(f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel_path.read_bytes()).hexdigest()}\n")

    def lose_the_wheels(self) -> None:
        for wheel in self.wheels.iterdir():
            wheel.unlink()

    def lose_the_package(self) -> None:
        """As it is when an installer was killed: a package that it takes for installed, and half of it missing."""
        (package,) = self.venv.glob("lib/*/site-packages/greeting.py")
        package.unlink()

    def command(self, program: str) -> list[str]:
        script = str(PROJECT / "script" / "environment.py")
        return [self.python, script, str(self.venv), str(self.packages), "-c", program, "an argument"]

    def variables(self, **variables: str) -> dict[str, str]:
        wheels = self.wheels.as_uri()
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "PIP_CONFIG_FILE": os.devnull}
        offline |= {"UV_OFFLINE": "1", "UV_FIND_LINKS": wheels, "UV_NO_CONFIG": "1"}
        return {**clean_environment(self.folder), **offline, **variables}

    def run(self, program: str = PRINT_GREETING, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(program),
            env=self.variables(**variables),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
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
