"""What every benchmark measures: a service with a PostgreSQL and a data folder of its own."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers import postgres

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # as a folder for folders with names of their own


@contextmanager
def own_service(*, fsync: bool = False, settings: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Has this process's variables name a new PostgreSQL and an empty data folder; yields the folder.

    `fsync` and `settings` are those of the PostgreSQL. The folder is in memory, where there is such a place: how long a
    file system takes to make a file is no matter of the service, and on some of them half of what a recording takes.
    """
    with (
        tempfile.TemporaryDirectory(prefix="tether-bench-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder,
        postgres(fsync=fsync, settings=settings) as database,
    ):
        os.environ |= database.environment() | {
            "TETHER_DATA_DIR": folder,
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "tether_calls.settings.base",
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
            "PEER_SECRET": secrets.token_hex(32),
        }
        yield Path(folder)


def analyze(environment: Mapping[str, str] = os.environ) -> None:
    """What autovacuum does within a minute: without it, statements keep the plans that were made for empty tables."""
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ANALYZE")
