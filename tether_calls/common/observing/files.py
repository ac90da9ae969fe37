"""The folder that all processes of a machine count in, each in its own files: prometheus-client's multi-process mode.

A process that has ended leaves its files. Counters must not go back, so what it counted is added to one file for all
of the dead, and its gauges, which were true of it alone, are removed. Without that each restart would leave files.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from secrets import token_hex

from django.conf import settings

_ALIVE, _DEAD = "alive_", "dead"
# Forks of a process have its variables; by the number they notice that they are another one.
_identity: tuple[int, str] = (0, "")
# Open as long as the process lives: the lock on it ends with the process, however that ends.
_alive: int | None = None


@cache
def folder() -> Path:
    """Where the files are; made when it is first asked for. Raises OSError."""
    path = Path(settings.METRICS_DIR)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def identity() -> str:
    """The name of this process in the names of its files; no two have the same, on several machines either."""
    if _identity[0] != os.getpid():
        _enter()
    return _identity[1]


def _enter() -> None:
    """Take a name, and a lock that others see as long as this process lives."""
    global _identity, _alive
    pid = os.getpid()
    # No underscores: they divide the names of files.
    name = f"{socket.gethostname().replace('_', '-')}-{pid}-{token_hex(4)}"
    if _alive is not None:
        # Of the process that this one was forked from, which would live as long as we do.
        os.close(_alive)
    # Under the folder's lock, so that no sweep comes upon the file before it is locked.
    with locked():
        _alive = os.open(folder() / f"{_ALIVE}{name}", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(_alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _identity = (pid, name)


@contextmanager
def locked() -> Iterator[None]:
    """One at a time in the folder: who reads it must not see what a sweep has done half."""
    with (folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep() -> None:
    """Add up what processes that have ended left behind. Within `locked()`."""
    for path in sorted(folder().glob("*.db")):
        kind, _, rest = path.stem.partition("_")
        name = rest.rpartition("_")[2]
        if name != _DEAD and not _lives(name):
            if kind != "gauge":
                _add_up(path, folder() / f"{kind}_{_DEAD}.db")
            path.unlink()
    for path in folder().glob(f"{_ALIVE}*"):
        if not _lives(path.name.removeprefix(_ALIVE)):
            path.unlink()


def living() -> int:
    """How many processes count, after `sweep()`."""
    return sum(1 for _ in folder().glob(f"{_ALIVE}*"))


def _lives(name: str) -> bool:
    if name == _identity[1]:
        return True
    with suppress(FileNotFoundError):
        file = os.open(folder() / f"{_ALIVE}{name}", os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
    return False


def _add_up(path: Path, into: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    total = MmapedDict(str(into))
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            total.write_value(key, total.read_value(key)[0] + value, 0.0)
    finally:
        total.close()
