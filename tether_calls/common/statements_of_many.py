"""Statements over hundreds of rows, each of them one: their SQL is built from the models, as in `common.statements`."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import cache
from itertools import chain, islice
from typing import Any

import msgspec
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.files import FieldFile

from tether_calls.common.copied_rows import copied_text, copy_sql
from tether_calls.common.postgresql.base import DatabaseWrapper as PostgresWrapper
from tether_calls.common.row_values import fields_of, values_of
from tether_calls.common.statements import connection_of, insert_sql, mark_saved, or_get_sql, write

# Rows of which the text is sent while the next are made.
_COPIED_AT_ONCE = 250


def insert_many(rows: Iterable[models.Model], *, leave_out: Collection[str] = ()) -> None:
    """As `insert`, of hundreds of rows, at least one.

    PostgreSQL gets them by one COPY, and writes the first while the next are made: what makes them must not ask it.
    SQLite gets as many at a time as its statements may have values.
    """
    first, rows = _first_of(rows)
    connection = connection_of(first)
    if isinstance(connection, PostgresWrapper):
        _copy(type(first), rows, leave_out, connection)
        return
    rows = list(rows)
    at_once = _rows_of_a_statement(rows, leave_out, connection)
    for begin in range(0, len(rows), at_once):
        sql, parameters = _insertion_of_many(rows[begin : begin + at_once], leave_out, connection)
        write(sql, parameters, connection)
    for row in rows:
        mark_saved(row, connection)


def _rows_of_a_statement(
    rows: Sequence[models.Model], leave_out: Collection[str], connection: BaseDatabaseWrapper
) -> int:
    connection.ensure_connection()
    # 32,766 where whoever has built it has not asked for more: not enough for a thousand calls.
    most: int = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    return max(1, most // len(fields_of(type(rows[0]), leave_out)))


def _first_of(rows: Iterable[models.Model]) -> tuple[models.Model, Iterable[models.Model]]:
    if isinstance(rows, Sequence):
        return rows[0], rows
    rows = iter(rows)
    first = next(rows)
    return first, chain([first], rows)


def _copy(
    model: type[models.Model], rows: Iterable[models.Model], leave_out: Collection[str], connection: PostgresWrapper
) -> None:
    assert connection.in_atomic_block, "rows are written with what belongs to them"
    sent: list[models.Model] = []
    rest = iter(rows)

    def texts() -> Generator[str, None, None]:
        with connection.execute_wrapper(_refuse_statement):
            while some := list(islice(rest, _COPIED_AT_ONCE)):
                _make_values(some, leave_out)
                yield copied_text(some, leave_out)
                sent.extend(some)

    with connection.copy_cursor() as cursor, closing(texts()) as pieces:
        cursor.execute(copy_sql(model, leave_out), pieces)  # type: ignore[arg-type]  # the wrapper hands them on
    for row in sent:
        mark_saved(row, connection)


def _refuse_statement(*_: Any) -> None:
    """The session would wait for itself."""
    raise RuntimeError("What makes rows that are copied asks the database")


def _make_values(rows: Sequence[models.Model], leave_out: Collection[str]) -> None:
    """Those that are made when rows are saved; `pre_save` leaves them in the row."""
    for field in fields_of(type(rows[0]), leave_out):
        if isinstance(field, models.FileField) or getattr(field, "auto_now", False):
            for row in rows:
                field.pre_save(row, True)


def insert_or_get_many(rows: Sequence[models.Model], *, unique: Sequence[str]) -> list[models.Model]:
    """As `insert_or_get`, of hundreds of rows whose unique fields are texts, each row's own. Returns the new ones.

    PostgreSQL gets them as one JSON text: a driver that binds in Python takes longer over thousands of parameters than
    the database over the rows.

    The others have taken over the ids of the rows that are there. In the order in which they are given, so that two
    that insert the same wait for each other.
    """
    connection, model = connection_of(rows[0]), type(rows[0])
    sql, parameters = _insertion_of_many(rows, (), connection)
    fields = [model._meta.get_field(name) for name in unique]
    keys = [tuple(getattr(row, field.attname) for field in fields) for row in rows]  # type: ignore[union-attr]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)  # type: ignore[union-attr]
    # wall: finds the rows with the same unique fields, the organization or what belongs to it among them
    with connection.cursor() as cursor:
        cursor.execute(f"{sql}{or_get_sql(model, tuple(unique), connection.alias)}, {columns}", parameters)
        found = {tuple(key): row_id for row_id, *key in cursor.fetchall()}
    new = []
    for row, key in zip(rows, keys, strict=True):
        if found[key] == row.pk:
            new.append(row)
        row.pk = found[key]
        mark_saved(row, connection)
    return new


def _insertion_of_many(
    rows: Sequence[models.Model], leave_out: Collection[str], connection: BaseDatabaseWrapper
) -> tuple[str, list[Any]]:
    model = type(rows[0])
    if connection.vendor != "postgresql":
        sql = insert_sql(model, len(rows), frozenset(leave_out), connection.alias)
        return sql, [value for row in rows for value in values_of(row, leave_out, connection)]
    fields = fields_of(model, leave_out)
    assert all(field.attname == field.column for field in fields), "columns are named as the attributes of rows"
    _make_values(rows, leave_out)
    sql = _insert_many_sql(model, frozenset(leave_out), connection.alias)
    # What else an instance has about it, PostgreSQL passes over: no column is called so.
    return sql, [_encoder.encode([row.__dict__ for row in rows]).decode()]


def _encoded_otherwise(value: Any) -> str | None:
    """The name of a file; of what Django keeps beside the columns, nothing."""
    return str(value) if isinstance(value, FieldFile) else None


_encoder = msgspec.json.Encoder(enc_hook=_encoded_otherwise)


def update_each(
    rows: Sequence[models.Model], *, fields: Sequence[str], add: Mapping[str, Mapping[str, int]] | None = None
) -> None:
    """UPDATE rows of one model that are there, each to its own values of `fields`: one statement for all.

    `add` has, by field, what is to be added to the value that the database has, for each row's id.
    """
    connection, model = connection_of(rows[0]), type(rows[0])
    added = dict(add or {})
    sql = _update_each_sql(model, len(rows), tuple(fields), tuple(added), connection.alias)
    columns = [model._meta.get_field(name) for name in fields]
    values: list[Any] = []
    for row in rows:
        values.append(row.pk)
        values += [field.get_db_prep_save(getattr(row, field.attname), connection) for field in columns]  # type: ignore[union-attr]
        values += [by_id[row.pk] for by_id in added.values()]
    # wall: rows that the caller has found
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@cache
def _insert_many_sql(model: type[models.Model], leave_out: frozenset[str], alias: str) -> str:
    quote = connections[alias].ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(str(field.column)) for field in fields_of(model, leave_out))
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"  # noqa: S608


@cache
def _update_each_sql(
    model: type[models.Model], rows: int, fields: tuple[str, ...], added: tuple[str, ...], alias: str
) -> str:
    """Values come as a table, whose columns both databases call column1, column2 and so on."""
    connection = connections[alias]
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    assignments = []
    for position, name in enumerate((*fields, *added), start=2):
        field = model._meta.get_field(name)
        value = f"new.column{position}"
        if connection.vendor == "postgresql":
            # Literals in a table of values are text to it.
            value = f"CAST({value} AS {field.db_type(connection)})"  # type: ignore[union-attr]
        column = quote(str(field.column))  # type: ignore[union-attr]
        assignments.append(f"{column} = {f'{table}.{column} + ' if name in added else ''}{value}")
    one = f"({', '.join(['%s'] * (1 + len(fields) + len(added)))})"
    return (
        f"UPDATE {table} SET {', '.join(assignments)}"  # noqa: S608
        f" FROM (VALUES {', '.join([one] * rows)}) AS new"
        f" WHERE {table}.{quote(str(model._meta.pk.column))} = new.column1"
    )
