"""How tables are emptied after a test that commits: quickly, and all but those that every test needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.commands import flush

from calls.models.rollup import CallDelta, StaleRollup
from tether_calls.trails.models.triggers import sqlite_triggers

# Else they are made anew after each test that commits, which takes longer than the test.
_KEPT = {ContentType._meta.db_table, Permission._meta.db_table}
# Last, as SQLite's triggers count what is deleted before.
_WRITTEN_BY_TRIGGERS = [CallDelta._meta.db_table, StaleRollup._meta.db_table]


@contextmanager
def emptied_quickly() -> Iterator[None]:
    """For as long as it lasts, Django's `flush` is this one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", _statements)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_kwargs: None)
        yield


def _statements(style: Any, connection: Any, **options: Any) -> list[str]:
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    emptied = [name for name in tables if name not in _KEPT and name not in _WRITTEN_BY_TRIGGERS]
    if connection.vendor == "postgresql":
        return [_on_postgresql([connection.ops.quote_name(name) for name in [*emptied, *_WRITTEN_BY_TRIGGERS]])]
    statements: list[str] = connection.ops.sql_flush(style, [*emptied, *_WRITTEN_BY_TRIGGERS], **options)
    # Trails refuse to lose rows: here they lose them without their triggers.
    guards = sqlite_triggers()
    return [*(f"DROP TRIGGER IF EXISTS {name}" for name in guards), *statements, *guards.values()]


def _on_postgresql(tables: list[str]) -> str:
    """TRUNCATE, which Django has here, makes new files for each table and index: a twentieth of a second of a core."""
    return "; ".join(
        [
            # As TRUNCATE does: what another session is writing, or has locked to write to it, is waited for, and
            # deleted too. Never with anything locked, which that session may want before it ends.
            f"""DO $$ BEGIN LOOP
                BEGIN
                    LOCK TABLE {", ".join(tables)} IN EXCLUSIVE MODE NOWAIT;
                    EXIT;
                EXCEPTION WHEN lock_not_available THEN PERFORM pg_sleep(0.005);
                END;
            END LOOP; END $$""",
            # No triggers: books that refuse to lose entries lose them here, and references need no order.
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {name}" for name in tables),  # noqa: S608
        ]
    )
