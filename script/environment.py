"""`environment.py VENV LOCK PROGRAM ...`: become a Python program in a virtual environment that is complete.

LOCK is a requirements file that names every package with its hashes; what has none is not installed. The environment
is made when it is missing, completed when the lock has changed, and made anew when an installation was interrupted.
uv installs where it is on the PATH, pip otherwise. Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import NoReturn

# The first version that installs into another interpreter's environment (`pip --python`).
PIP_MIN = (22, 3)

NOT_INSTALLED = """
The packages could not be installed into {folder}; the reason is above.
The first start needs the network (or the package index that pip is configured for). The next start tries again."""
NO_PIP = """
{python} has neither pip nor ensurepip. Install pip (Debian, Ubuntu: apt install python3-pip) and start again."""


class Environment:
    """A virtual environment and the state that its folder is in."""

    def __init__(self, *, folder: Path, packages: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.packages = packages
        # Written last: what it names is installed completely, for the Python that it names.
        self.stamp = folder / "requirements.stamp"
        # There while packages are being installed; where it is found, nothing in the folder can be relied on, for
        # installers believe a half-written package to be installed.
        self.incomplete = folder / "incomplete"
        self.lock = folder / "lock"
        self.temporary = folder / "tmp"

    def python_version(self) -> str | None:
        """Such as 3.11; None where its interpreter does not run, as after an upgrade of the system's."""
        command = [str(self.python), "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
        try:
            answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return answer.stdout.strip()

    def is_ready(self) -> bool:
        if self.incomplete.exists() or not self.stamp.is_file():
            return False
        return self.stamp.read_text() == self._wanted_stamp(self.python_version())

    def _wanted_stamp(self, version: str | None) -> str:
        return f"Python {version}, {hashlib.sha256(self.packages.read_bytes()).hexdigest()}\n"

    def prepare(self) -> None:
        """Make it ready. Raises SystemExit with a sentence when that fails."""
        if self.is_ready():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with _locked(self.lock) as lock:
            # Another start may have done it while we waited.
            if not self.is_ready():
                self._install(lock)

    def _install(self, lock: int) -> None:
        version = self.python_version()
        has_another_python = self.stamp.is_file() and not self.stamp.read_text().startswith(f"Python {version},")
        is_broken = self.incomplete.exists() or version is None or has_another_python
        self.incomplete.touch()
        if is_broken:
            self._make_anew()
        _say("Installing packages, which takes about half a minute")
        uv = shutil.which("uv")
        if uv is not None and self._run(self._by_uv(uv), lock=lock) != 0:
            # It may be too old, know no index that pip is configured for, or have written half of the packages.
            _say("uv could not install the packages; trying pip")
            uv = None
            self._make_anew()
        if uv is None and self._run(self._by_pip(), lock=lock) != 0:
            sys.exit(NOT_INSTALLED.format(folder=self.folder))
        shutil.rmtree(self.temporary)
        self.stamp.write_text(self._wanted_stamp(self.python_version()))
        self.incomplete.unlink()

    def _make_anew(self) -> None:
        _say(f"Making {self.folder}")
        for path in self.folder.iterdir():
            if path in (self.lock, self.incomplete):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        # Without pip: the installer's own interpreter has one, and another would take seconds.
        venv.create(self.folder, symlinks=True, with_pip=False)

    def _by_uv(self, uv: str) -> list[str]:
        return [uv, "pip", "install", "--python", str(self.python), *self._what(), "--no-progress"]

    def _by_pip(self) -> list[str]:
        command = [*self._pip(), "install", *self._what(), "--no-input"]
        # Compiled when first imported instead: most modules never are, and pip would compile one after another.
        return [*command, "--no-compile", "--disable-pip-version-check", "--no-warn-script-location"]

    def _what(self) -> list[str]:
        return ["--requirement", str(self.packages), "--require-hashes", "--quiet"]

    def _pip(self) -> list[str]:
        with suppress(metadata.PackageNotFoundError):
            if tuple(int(part) for part in re.findall(r"\d+", metadata.version("pip"))[:2]) >= PIP_MIN:
                return [sys.executable, "-m", "pip", "--python", str(self.python)]
        own = [str(self.python), "-m", "pip"]
        has_own = subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0
        if not has_own and subprocess.run([self.python, "-m", "ensurepip"], stdout=sys.stderr, check=False).returncode:
            sys.exit(NO_PIP.format(python=sys.executable))
        return own

    def _run(self, command: list[str], *, lock: int) -> int:
        """Run to the end; a signal that ends us ends it and its children too.

        It inherits the lock, so that a start after we were killed waits for it rather than meddling.
        """
        self.temporary.mkdir(exist_ok=True)
        child = subprocess.Popen(
            command,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=(lock,),
            start_new_session=True,
        )
        try:
            return child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """One installation at a time; ends with the last process that has the file open, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another installation to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _say(sentence: str) -> None:
    # stdout belongs to the program that we become.
    print(f"== {sentence}", file=sys.stderr, flush=True)


def _stop(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def main() -> None:
    folder, packages, *program = sys.argv[1:]
    # Set by hand, for a shell starts its background jobs with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    environment = Environment(folder=Path(folder), packages=Path(packages))
    environment.prepare()
    os.execv(environment.python, [str(environment.python), *program])  # noqa: S606  # the very point


if __name__ == "__main__":
    main()
