"""PostgreSQL with a pool that hands out no dead session.

A restart, a failover or a firewall ends sessions behind the pool's back. Its own check (CONN_HEALTH_CHECKS) costs every
request a round trip, and waits a second longer for each dead session that it meets, until the request fails:
https://github.com/psycopg/psycopg/pull/711
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ConnStatus
from psycopg_pool import PoolTimeout

from tether_calls.common.postgresql.copying import CopyCursor
from tether_calls.common.postgresql.prepared import PreparedCursor

# A session that was used in the last second is taken to live. Under load that is each of them, and none is asked.
TRUSTED_SECONDS = 1.0
# How long for the pool, once one has waited for it in vain: else all threads of a process soon wait for a database that
# is away, and it answers nothing.
SECONDS_WHILE_AWAY = 1.0
_USED_AT = "_tether_used_at"


class DatabaseWrapper(base.DatabaseWrapper):
    # When a session was last found dead: those that were used before it are asked, however short ago.
    _found_dead_at: ClassVar[float] = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = self._take(conn_params)
        pool: Any = self.pool  # type: ignore[attr-defined]  # of Django 5.1, which the stubs do not know
        if pool is not None and not self._is_alive(connection):
            pool.putconn(connection)
            # Where one is dead, all are looked at, and replaced at once.
            pool.check()
            connection = self._take(conn_params)
        setattr(connection, _USED_AT, time.monotonic())
        return connection

    def _take(self, conn_params: dict[str, Any]) -> Any:
        """A session of the pool, after the time that the pool's last answer makes worth waiting."""
        pool: Any = self.pool  # type: ignore[attr-defined]  # see above
        try:
            connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            pool.timeout = min(pool.timeout, SECONDS_WHILE_AWAY)
            raise
        if pool is not None:
            pool.timeout = self.settings_dict["OPTIONS"]["pool"]["timeout"]
        return connection

    @property
    def errors_occurred(self) -> bool:
        """Django sets it when a statement fails, which is before the failed request is answered; it closes the session
        after that, when the next request may have taken another dead one."""
        return self._errors_occurred

    @errors_occurred.setter
    def errors_occurred(self, value: bool) -> None:
        self._errors_occurred = value
        if value:
            self._note_if_dead()

    def _close(self) -> None:
        self._note_if_dead()
        super()._close()  # type: ignore[misc]  # the stubs do not know it

    def _note_if_dead(self) -> None:
        if self.connection is not None and self.connection.pgconn.status == ConnStatus.BAD:
            DatabaseWrapper._found_dead_at = time.monotonic()

    def prepared_cursor(self) -> CursorWrapper:
        """For statements that are sent often, each time with the same text and other parameters."""
        return self._cursor_of(PreparedCursor)

    def copy_cursor(self) -> CursorWrapper:
        """For COPY, with pieces of the text of its rows as parameters."""
        return self._cursor_of(CopyCursor)

    def _cursor_of(self, kind: type[PreparedCursor | CopyCursor]) -> CursorWrapper:
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: CursorWrapper = self._prepare_cursor(kind(self.connection))  # type: ignore[attr-defined]
        return cursor

    def _is_alive(self, connection: Any) -> bool:
        used_at: float | None = getattr(connection, _USED_AT, None)
        if used_at is None:
            return True  # new
        if used_at > max(self._found_dead_at, time.monotonic() - TRUSTED_SECONDS):
            return True
        try:
            # Sent as it is, an empty statement begins no transaction.
            connection.pgconn.exec_(b"")
        except psycopg.Error:
            return False
        return bool(connection.pgconn.status == ConnStatus.OK)
