"""Sessions at PostgreSQL that a test, or a server in the tests' process, has left open."""

from __future__ import annotations

import psycopg
from django.db import connection, connections

_END_THEM = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend'
"""


def end_sessions_left() -> None:
    """End all sessions of the test's database, which is dropped next.

    A thread of a server may still have its own when the last test is over, and PostgreSQL drops no database that
    somebody is connected to. Nothing waits for them: the tests that care for sessions look themselves.
    """
    if connection.vendor != "postgresql":
        return
    for each in connections.all():
        each.close()
        if hasattr(each, "close_pool"):
            each.close_pool()
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    known = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if key in parameters}
    with psycopg.connect(**known, autocommit=True) as other:
        other.execute(_END_THEM, [connection.settings_dict["NAME"]])
