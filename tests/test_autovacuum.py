"""PostgreSQL looks after the tables that change most before a fifth of them is dead."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no autovacuum"),
]

HOT = {
    "calls_call",
    "calls_delivery",
    "calls_webhookmessage",
    "calls_webhookattempt",
    "conversations_conversation",
    "realtime_eventlog",
}


def options() -> dict[str, dict[str, str]]:
    """What is set, by table, for those that anything is set for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL")
        return {table: dict(option.split("=") for option in set_for) for table, set_for in cursor.fetchall()}


def test_tables_that_change_much_are_vacuumed_after_a_twentieth_at_most() -> None:
    factors = {table: float(set_for.get("autovacuum_vacuum_scale_factor", 1)) for table, set_for in options().items()}

    assert {table for table, factor in factors.items() if factor <= 0.05} >= HOT


def test_conversations_leave_room_for_their_next_version() -> None:
    assert options()["conversations_conversation"]["fillfactor"] == "80"


def test_the_settings_can_be_taken_back() -> None:
    steps = [("calls", "0020_autovacuum"), ("conversations", "0002_autovacuum"), ("realtime", "0003_autovacuum")]
    loader = MigrationExecutor(connection).loader
    state = loader.project_state()
    with connection.schema_editor() as editor:
        for step in steps:
            loader.disk_migrations[step].unapply(state, editor)

    assert not HOT & options().keys()
