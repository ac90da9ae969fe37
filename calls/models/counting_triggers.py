"""The database's triggers that write a CallDelta with every change of a call, by any code or by SQL.

They are made after migrations, not by one: SQLite's are lost when a migration builds their table anew.
"""

from __future__ import annotations

from typing import Any

from django.db import connections, router, transaction

from calls.models.call import Call
from calls.models.rollup import DIMENSIONS

_COST = "(SELECT CAST(COALESCE(-SUM(amount), 0) AS bigint) FROM accounts_walletentry WHERE call_id = {row}.id)"
_COLUMNS = ("organization_id", "start_time", *DIMENSIONS, "duration", "transferred_from_id")
_MICROSECONDS = "CAST(ROUND(COALESCE({row}.duration, 0) * 1000000) AS bigint)"
_INSERT = (
    f"INSERT INTO calls_calldelta (organization_id, start_time, {', '.join(DIMENSIONS)}, calls, microseconds, cost)"
)


def _counted(row: str) -> str:
    dimensions = ", ".join(f"COALESCE({row}.{column}, '')" for column in DIMENSIONS)
    return f"{row}.organization_id, {row}.start_time, {dimensions}"


def _delta(row: str, sign: str, *, of: str = "") -> str:
    """`of`: the clause that names the table whose rows are counted, where it is not the one row of a trigger."""
    seconds, cost = _MICROSECONDS.format(row=row), _COST.format(row=row)
    # A caller who was handed over is counted with the agent's call.
    counts = f"{row}.transferred_from_id IS NULL"
    return f"{_INSERT} SELECT {_counted(row)}, {sign}1, {sign}{seconds}, {sign}{cost} {of} WHERE {counts};"


_LESS, _MORE = _delta("OLD", "-"), _delta("NEW", "+")
_CHANGED = "({}) IS DISTINCT FROM ({})".format(
    *(", ".join(f"{row}.{name}" for name in _COLUMNS) for row in ("OLD", "NEW"))
)
# In the order in which calls and their bookings are locked: a booking is made with the lock of its call.
_BOOKED = f"{_INSERT} SELECT {_counted('made')}, 0, 0, -NEW.amount FROM calls_call made WHERE made.id = NEW.call_id"  # noqa: S608
_STALE = (
    "INSERT INTO calls_stalerollup (organization_id) VALUES (NEW.id)"
    " ON CONFLICT (organization_id) DO UPDATE SET through = NULL;"
)
_ALL_STALE = (
    "INSERT INTO calls_stalerollup (organization_id)"
    " SELECT id FROM accounts_organization WHERE EXISTS"
    " (SELECT 1 FROM calls_call WHERE organization_id = accounts_organization.id)"
    " ON CONFLICT (organization_id) DO UPDATE SET through = NULL"
)

_NAMES = {
    "call_is_counted",
    "new_call_is_counted",
    "new_calls_are_counted",
    "booking_is_counted",
    "zone_of_counts_changes",
}
# As they were when the first of them counted new calls too, one by one.
_FORMER_NAMES = {"call_is_counted, new ones too", "booking_is_counted", "zone_of_counts_changes"}
_POSTGRESQL_PRESENT = (
    "SELECT CASE WHEN tgname = 'call_is_counted' AND tgtype & 4 <> 0 THEN 'call_is_counted, new ones too'"
    " ELSE tgname END FROM pg_trigger"
)
_POSTGRESQL_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION calls_call_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN {_MORE}
    ELSIF TG_OP = 'DELETE' THEN {_LESS}
    ELSIF {_CHANGED} THEN {_LESS} {_MORE}
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION calls_new_calls_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_delta("made", "+", of="FROM made")}
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION calls_booking_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_BOOKED} FOR NO KEY UPDATE;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION calls_zone_of_counts_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_STALE}
    RETURN NULL;
END $$;
"""
# One whose definition changes comes with another name: what is there is left alone.
_POSTGRESQL_TRIGGERS = """
CREATE OR REPLACE TRIGGER call_is_counted AFTER UPDATE OR DELETE ON calls_call
    FOR EACH ROW EXECUTE FUNCTION calls_call_is_counted();
CREATE OR REPLACE TRIGGER new_call_is_counted AFTER INSERT ON calls_call
    FOR EACH ROW WHEN (current_setting('tether.many_calls', TRUE) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION calls_call_is_counted();
CREATE OR REPLACE TRIGGER new_calls_are_counted AFTER INSERT ON calls_call
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT WHEN (current_setting('tether.many_calls', TRUE) = 'on')
    EXECUTE FUNCTION calls_new_calls_are_counted();
CREATE OR REPLACE TRIGGER booking_is_counted AFTER INSERT ON accounts_walletentry
    FOR EACH ROW WHEN (NEW.call_id IS NOT NULL) EXECUTE FUNCTION calls_booking_is_counted();
CREATE OR REPLACE TRIGGER zone_of_counts_changes AFTER UPDATE OF time_zone ON accounts_organization
    FOR EACH ROW WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION calls_zone_of_counts_changes();
"""
_SQLITE_CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _COLUMNS)
_SQLITE = {
    "call_is_counted": f"AFTER INSERT ON calls_call BEGIN {_MORE} END",
    "call_is_counted_less": f"AFTER DELETE ON calls_call BEGIN {_LESS} END",
    "call_is_counted_anew": f"AFTER UPDATE ON calls_call WHEN {_SQLITE_CHANGED} BEGIN {_LESS} {_MORE} END",
    "booking_is_counted": f"AFTER INSERT ON accounts_walletentry WHEN NEW.call_id IS NOT NULL BEGIN {_BOOKED}; END",
    "zone_of_counts_changes": (
        f"AFTER UPDATE OF time_zone ON accounts_organization WHEN OLD.time_zone <> NEW.time_zone BEGIN {_STALE} END"
    ),
}


def make_triggers(*, using: str, **_: Any) -> None:
    """After migrations. Where triggers are missing, changes have gone uncounted: all is to be added up anew."""
    connection = connections[using]
    # wall: tables, not rows
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            present = _present(cursor, _POSTGRESQL_PRESENT)
            are_there = present >= _NAMES or present >= _FORMER_NAMES
            cursor.execute(_POSTGRESQL_FUNCTIONS)
            if not present >= _NAMES:
                # Waits for who writes calls, and they for it: what is written afterwards is seen by the triggers.
                cursor.execute(_POSTGRESQL_TRIGGERS)
        else:
            are_there = set(_SQLITE) <= _present(cursor, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name, what in _SQLITE.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(f"CREATE TRIGGER {name} {what}")
        if not are_there:
            cursor.execute(_ALL_STALE)


def count_together() -> None:
    """Have PostgreSQL count the new calls of this transaction all that a statement makes at once: for hundreds.

    That takes a seventh of the time; for one call it takes longer. One statement, none on SQLite.
    """
    connection = connections[router.db_for_write(Call)]
    if connection.vendor == "postgresql":
        # wall: asks for no rows
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tether.many_calls = 'on'")


def drop_triggers_in_the_way(*, using: str, plan: list[Any], **_: Any) -> None:
    """Before migrations: SQLite renames no table that a trigger of another table names."""
    connection = connections[using]
    if connection.vendor == "sqlite" and plan:
        # wall: tables, not rows
        with connection.cursor() as cursor:
            for name in _SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _present(cursor: Any, sql: str) -> set[str]:
    cursor.execute(sql)
    return {name for (name,) in cursor.fetchall()}
