"""The database's triggers: trails are only added to, and every row that is written is noted to be linked.

They are made after migrations, not by one: SQLite's are lost when a migration builds their table anew. What lies under
the floor of its chain may be deleted, and nothing else; to move the floor is to change the head, whose signature then
is wrong.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, transaction

from tether_calls.trails.models.access import AccessEntry
from tether_calls.trails.models.audit import AuditEntry
from tether_calls.trails.models.chain import Trail
from tether_calls.trails.models.entry import TrailEntry

MODELS: dict[Trail, type[TrailEntry]] = {Trail.ACCESS: AccessEntry, Trail.AUDIT: AuditEntry}

_REFUSAL = "rows of a trail are neither changed nor deleted"
_LINK = "trails_link"
# Whether the floor of its chain is above the row that is to go.
_IS_PRUNED = (
    "EXISTS (SELECT 1 FROM trails_link link JOIN trails_head head"
    " ON head.organization_id = link.organization_id AND head.trail = link.trail"
    " WHERE link.entry_id = {entry} AND link.number <= head.floor)"
)
_TABLES = {trail: model._meta.db_table for trail, model in MODELS.items()}
_GUARDED = {**dict.fromkeys(_TABLES.values(), "OLD.id"), _LINK: "OLD.entry_id"}


def _postgresql() -> str:
    statements = [
        f"CREATE OR REPLACE FUNCTION trails_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    ]
    for table, entry in _GUARDED.items():
        statements += [
            f"CREATE OR REPLACE FUNCTION {table}_goes() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN IF {_IS_PRUNED.format(entry=entry)} THEN RETURN OLD; END IF;"
            f" RAISE EXCEPTION '{_REFUSAL}'; END $$",
            f"CREATE OR REPLACE TRIGGER {table}_stays BEFORE UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION trails_refuse()",
            f"CREATE OR REPLACE TRIGGER {table}_is_kept BEFORE DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_goes()",
            f"CREATE OR REPLACE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION trails_refuse()",
        ]
    for trail, table in _TABLES.items():
        statements += [
            f"CREATE OR REPLACE FUNCTION {table}_waits() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN {_noted(trail)}; RETURN NULL; END $$",
            f"CREATE OR REPLACE TRIGGER {table}_is_noted AFTER INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_waits()",
        ]
    return "; ".join(statements)


def _noted(trail: str) -> str:
    return (
        "INSERT INTO trails_pending (entry_id, organization_id, trail, is_lost)"  # noqa: S608
        f" VALUES (NEW.id, NEW.organization_id, '{trail}', FALSE)"
    )


def sqlite_triggers() -> dict[str, str]:
    """By name, what makes each of SQLite's."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    made = {}
    for table, entry in _GUARDED.items():
        made[f"{table}_stays"] = f"BEFORE UPDATE ON {table} {refuse}"
        made[f"{table}_is_kept"] = f"BEFORE DELETE ON {table} WHEN NOT {_IS_PRUNED.format(entry=entry)} {refuse}"
    for trail, table in _TABLES.items():
        made[f"{table}_is_noted"] = f"AFTER INSERT ON {table} BEGIN {_noted(trail)}; END"
    return {name: f"CREATE TRIGGER {name} {what}" for name, what in made.items()}


def make_triggers(*, using: str, **_: Any) -> None:
    """After migrations."""
    connection = connections[using]
    # wall: tables, not rows
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_postgresql())
            return
        for name, statement in sqlite_triggers().items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)


def drop_triggers(*, using: str, plan: list[Any], **_: Any) -> None:
    """Before migrations: SQLite renames no table that a trigger of another table names."""
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        # wall: tables, not rows
        with connection.cursor() as cursor:
            for name in sqlite_triggers():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
