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
from psycopg.pq import ConnStatus

# A session that was used in the last second is taken to live. Under load that is each of them, and none is asked.
TRUSTED_SECONDS = 1.0
_USED_AT = "_tether_used_at"


class DatabaseWrapper(base.DatabaseWrapper):
    # When a session was last found dead: those that were used before it are asked, however short ago.
    _found_dead_at: ClassVar[float] = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        pool: Any = self.pool  # type: ignore[attr-defined]  # of Django 5.1, which the stubs do not know
        if pool is not None and not self._is_alive(connection):
            pool.putconn(connection)
            # Where one is dead, all are looked at, and replaced at once.
            pool.check()
            connection = super().get_new_connection(conn_params)
        setattr(connection, _USED_AT, time.monotonic())
        return connection

    def _close(self) -> None:
        if self.connection is not None and self.connection.pgconn.status == ConnStatus.BAD:
            DatabaseWrapper._found_dead_at = time.monotonic()
        super()._close()  # type: ignore[misc]  # the stubs do not know it

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
