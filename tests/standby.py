"""A standby of a PostgreSQL server from `tests.servers`: streaming replication, with which tests can interfere."""

from __future__ import annotations

import os
import pwd
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.server_process import ServerFailed, free_ports, own_folder, process, tail
from tests.servers import Postgres, postgres_binaries
from tests.waiting import wait_until


class Standby:
    """Runs from `start` to `stop`, as often as a test likes, at one address."""

    def __init__(self, *, of: Postgres, folder: Path) -> None:
        self._folder = folder
        self._uid = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        if self._uid is not None:
            os.chown(folder, self._uid, -1)
        self._binaries = postgres_binaries(folder=folder, uid=self._uid)
        self._port = free_ports(1)[0]
        primary = urlsplit(of.url)
        self.url = primary._replace(netloc=f"{primary.username}:{primary.password}@127.0.0.1:{self._port}").geturl()
        self._running = ExitStack()
        command = [str(self._binaries / "pg_basebackup"), "-D", str(folder / "data"), "-d", of.url]
        command += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        log = folder / "log.basebackup"
        with process(command=command, folder=folder, log=log, stop=signal.SIGTERM, uid=self._uid) as copying:
            if copying.wait():
                raise ServerFailed(f"pg_basebackup ended with status {copying.returncode}:\n{tail(log)}")

    def start(self) -> None:
        command = [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), f"--port={self._port}"]
        command += ["--fsync=off", "--listen_addresses=127.0.0.1", "--unix_socket_directories="]
        # At least the primary's, or it refuses to follow.
        command += ["--max_connections=200"]
        log = self._folder / "log"
        server = self._running.enter_context(
            process(command=command, folder=self._folder, log=log, stop=signal.SIGQUIT, uid=self._uid)
        )

        def answers() -> bool:
            if server.poll() is not None:
                raise ServerFailed(f"the standby ended with status {server.returncode}:\n{tail(log)}")
            try:
                return bool(self.ask("SELECT true"))
            except psycopg.OperationalError:
                return False

        wait_until(answers, what="the standby", every=0.05, log=log)

    def stop(self) -> None:
        self._running.close()

    def ask(self, sql: str) -> Any:
        """The first column of the first row; None where there is none."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(sql.encode()).fetchone()
            return row[0] if row else None


@contextmanager
def standby(*, of: Postgres) -> Iterator[Standby]:
    """Copied and started."""
    with own_folder(name="standby") as folder:
        copy = Standby(of=of, folder=folder)
        try:
            copy.start()
            yield copy
        finally:
            copy.stop()
