"""Statements of the hot paths: their SQL is built once, from the models, instead of for every request.

Building SQL is half of what the ORM costs; PostgreSQL keeps these statements prepared, and takes the writes of
`together` as one. Signals are not sent here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import Field

from tether_calls.common.postgresql.base import DatabaseWrapper as PostgresWrapper
from tether_calls.common.row_values import fields_of, value_of, values_of

logger = logging.getLogger(__name__)


def insert(*rows: models.Model, leave_out: Collection[str] = ()) -> None:
    """INSERT rows of one model whose ids are made already: one statement.

    `leave_out` names fields whose value is the column's default in the database. Raises IntegrityError.
    """
    connection = connection_of(rows[0])
    sql = insert_sql(type(rows[0]), len(rows), frozenset(leave_out), connection.alias)
    write(sql, [value for row in rows for value in values_of(row, leave_out, connection)], connection)
    for row in rows:
        mark_saved(row, connection)


def update(
    model: type[models.Model], *, where: Mapping[str, Any], values: Mapping[str, Any], add: Mapping[str, int]
) -> None:
    """UPDATE the row whose fields are as in `where`: its fields get `values`, and `add` on top of what they have.

    One statement; every name is a field's.
    """
    connection = _connection_for(model)
    sql = _update_sql(model, tuple(where), tuple(values), tuple(add), connection.alias)
    given = [*values.items(), *add.items(), *where.items()]
    write(sql, [value_of(model, name, value, connection) for name, value in given], connection)


def update_row(row: models.Model) -> None:
    """UPDATE a row that was read, and is locked: all that it has, but for when it was made.

    As `save`, which builds the same statement each time. One statement. Raises IntegrityError.
    """
    connection = connection_of(row)
    sql, leave_out = _update_row_sql(type(row), connection.alias)
    write(sql, [*values_of(row, leave_out, connection), row.pk], connection)


def insert_above(*rows: models.Model, leave_out: Collection[str] = ()) -> bool:
    """As `insert`, on SQLite, but only where every id there is is smaller than theirs; returns whether it was."""
    connection = connection_of(rows[0])
    sql = _insert_above_sql(type(rows[0]), len(rows), frozenset(leave_out), connection.alias)
    # wall: INSERT finds no rows
    with connection.cursor() as cursor:
        parameters = [value for row in rows for value in values_of(row, leave_out, connection)]
        cursor.execute(sql, [*parameters, min(row.pk for row in rows)])
        is_inserted = bool(cursor.rowcount > 0)
    if is_inserted:
        for row in rows:
            mark_saved(row, connection)
    return is_inserted


def insert_or_get(row: models.Model, *, unique: Sequence[str]) -> bool:
    """INSERT `row`; where its unique fields are taken, take over the existing row's id instead. One statement.

    Returns whether it was inserted. Of two transactions that insert the same at once the second waits for the first
    and gets its id. Works on PostgreSQL and SQLite: both know ON CONFLICT and RETURNING, and ids are made here, so
    getting our own back means that the row is new. When it is not, the other fields of `row` are not to be trusted.
    """
    connection = connection_of(row)
    sql = _insert_or_get_sql(type(row), tuple(unique), connection.alias)
    # wall: finds the row with the same unique fields, the organization or what belongs to it among them
    with cursor_of(connection) as cursor:
        cursor.execute(sql, values_of(row, (), connection))
        (found,) = cursor.fetchone()
    is_new = bool(found == row.pk)
    row.pk = found
    mark_saved(row, connection)
    return is_new


@dataclass
class _Together:
    """What is to be sent as one statement, and what happens after it."""

    connection: BaseDatabaseWrapper
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)
    afterwards: list[Callable[[], object]] = field(default_factory=list)


_together: ContextVar[_Together | None] = ContextVar("_together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """A transaction of writes that need not read each other: PostgreSQL gets them at the end, as one statement.

    That saves a round trip for each of them, and for BEGIN and COMMIT where no transaction is open. What is inserted
    and updated within cannot be read within. Raises IntegrityError, at the end or before.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if not isinstance(connection, PostgresWrapper):
        with transaction.atomic():
            yield
        return
    collected = _Together(connection)
    token = _together.set(collected)
    try:
        yield
    finally:
        _together.reset(token)
    if connection.in_atomic_block:
        # The statement alone may fail, and who has opened the transaction go on.
        with transaction.atomic():
            _send(collected)
        for function in collected.afterwards:
            transaction.on_commit(partial(_follow, function))
        return
    _send(collected)
    for function in collected.afterwards:
        _follow(function)


def in_transaction() -> bool:
    """Whether what is written now is kept or lost with what else is written around it."""
    return _together.get() is not None or connections[DEFAULT_DB_ALIAS].in_atomic_block


def after_commit(function: Callable[[], object]) -> None:
    """Call `function` once what is written now is kept; what it raises is logged."""
    collected = _together.get()
    if collected is not None:
        collected.afterwards.append(function)
    else:
        transaction.on_commit(partial(_follow, function))


def _follow(function: Callable[[], object]) -> None:
    """Not Django's `robust`, which fails where a function that has failed has no name, as a partial has none."""
    try:
        function()
    except Exception:
        logger.exception("What was written is kept; what was to follow it failed")


def _send(collected: _Together) -> None:
    if not collected.statements:
        return
    *before, last = collected.statements
    # Names of which nothing is read: each part writes, whatever the others find.
    parts = ", ".join(f"part{place} AS ({sql})" for place, (sql, _) in enumerate(before))
    sql = f"WITH {parts} {last[0]}" if before else last[0]
    # wall: each part is one that `write` has got
    with cursor_of(collected.connection) as cursor:
        cursor.execute(sql, [parameter for _, parameters in collected.statements for parameter in parameters])


def write(sql: str, parameters: list[Any], connection: BaseDatabaseWrapper) -> None:
    """Send a statement of which nothing is read, or keep it for the end of `together`."""
    collected = _together.get()
    if collected is not None:
        collected.statements.append((sql, parameters))
        return
    # wall: INSERT finds no rows; of UPDATE the caller says whose
    with cursor_of(connection) as cursor:
        cursor.execute(sql, parameters)


def cursor_of(connection: BaseDatabaseWrapper) -> Any:
    """For statements whose text is the same each time: PostgreSQL keeps them prepared."""
    # wall: what it sends is checked where it is used
    return connection.prepared_cursor() if isinstance(connection, PostgresWrapper) else connection.cursor()


def connection_of(row: models.Model) -> BaseDatabaseWrapper:
    return _connection_for(type(row))


def _connection_for(model: type[models.Model]) -> BaseDatabaseWrapper:
    collected = _together.get()
    return connections[router.db_for_write(model)] if collected is None else collected.connection


def _field(model: type[models.Model], name: str) -> Field[Any, Any]:
    found: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return found


def mark_saved(row: models.Model, connection: BaseDatabaseWrapper) -> None:
    row._state.adding = False
    row._state.db = connection.alias


@cache
def insert_sql(model: type[models.Model], rows: int, leave_out: frozenset[str], alias: str) -> str:
    quote = connections[alias].ops.quote_name
    columns = [quote(str(field.column)) for field in fields_of(model, leave_out)]
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES {', '.join([one] * rows)}"  # noqa: S608


@cache
def _update_sql(
    model: type[models.Model], where: tuple[str, ...], values: tuple[str, ...], add: tuple[str, ...], alias: str
) -> str:
    quote = connections[alias].ops.quote_name
    table = quote(model._meta.db_table)
    columns = {name: quote(str(_field(model, name).column)) for name in (*where, *values, *add)}
    changes = [f"{columns[name]} = %s" for name in values]
    changes += [f"{columns[name]} = {table}.{columns[name]} + %s" for name in add]
    found = [f"{table}.{columns[name]} = %s" for name in where]
    return f"UPDATE {table} SET {', '.join(changes)} WHERE {' AND '.join(found)}"  # noqa: S608


@cache
def _update_row_sql(model: type[models.Model], alias: str) -> tuple[str, frozenset[str]]:
    """And the fields that stay as they are."""
    of_its_making = {field.name for field in fields_of(model, ()) if getattr(field, "auto_now_add", False)}
    leave_out = frozenset({model._meta.pk.name, *of_its_making})
    values = tuple(field.name for field in fields_of(model, leave_out))
    return _update_sql(model, (model._meta.pk.name,), values, (), alias), leave_out


@cache
def _insert_above_sql(model: type[models.Model], rows: int, leave_out: frozenset[str], alias: str) -> str:
    quote = connections[alias].ops.quote_name
    table, key = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    into, _, values = insert_sql(model, rows, leave_out, alias).partition(" VALUES ")
    # Without rows the greatest is NULL.
    newest = f"COALESCE((SELECT MAX({key}) FROM {table}), '')"  # noqa: S608
    return f"{into} SELECT * FROM (VALUES {values}) WHERE {newest} < %s"  # noqa: S608


@cache
def _insert_or_get_sql(model: type[models.Model], unique: tuple[str, ...], alias: str) -> str:
    return insert_sql(model, 1, frozenset(), alias) + or_get_sql(model, unique, alias)


@cache
def or_get_sql(model: type[models.Model], unique: tuple[str, ...], alias: str) -> str:
    """What follows the VALUES; further columns to be returned may follow it."""
    quote = connections[alias].ops.quote_name
    taken = [quote(str(field.column)) for field in fields_of(model, ()) if field.name in unique]
    # Setting a column to itself changes nothing, but makes RETURNING answer for the row that was there. One that is
    # part of no key: PostgreSQL then takes a lock that foreign keys to the row need not wait for, else two
    # transactions that write below the same row stand in each other's way.
    table = quote(model._meta.db_table)
    keys = {name for constraint in model._meta.total_unique_constraints for name in constraint.fields}
    idle = next(quote(str(f.column)) for f in fields_of(model, keys) if not f.unique)
    return (
        f" ON CONFLICT ({', '.join(taken)})"
        f" DO UPDATE SET {idle} = {table}.{idle} RETURNING {quote(str(model._meta.pk.column))}"
    )
