"""Statements of the hot paths: their SQL is built once, from the models, instead of for every request.

Building SQL is half of what the ORM costs; a call that is ingested needs nine statements. Signals are not sent here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import Field


def insert(*rows: models.Model, leave_out: Collection[str] = ()) -> None:
    """INSERT rows of one model whose ids are made already: one statement.

    `leave_out` names fields whose value is the column's default in the database. Raises IntegrityError.
    """
    connection = _connection_of(rows[0])
    sql = _insert_sql(type(rows[0]), len(rows), frozenset(leave_out), connection.alias)
    # wall: INSERT finds no rows
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in _values(row, leave_out, connection)])
    for row in rows:
        _mark_saved(row, connection)


def insert_or_get(row: models.Model, *, unique: Sequence[str]) -> bool:
    """INSERT `row`; where its unique fields are taken, take over the existing row's id instead. One statement.

    Returns whether it was inserted. Of two transactions that insert the same at once the second waits for the first
    and gets its id. Works on PostgreSQL and SQLite: both know ON CONFLICT and RETURNING, and ids are made here, so
    getting our own back means that the row is new. When it is not, the other fields of `row` are not to be trusted.
    """
    connection = _connection_of(row)
    sql = _insert_or_get_sql(type(row), tuple(unique), connection.alias)
    # wall: finds the row with the same unique fields, the organization or what belongs to it among them
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, (), connection))
        (found,) = cursor.fetchone()
    is_new = bool(found == row.pk)
    row.pk = found
    _mark_saved(row, connection)
    return is_new


# SQL, its parameters, and by position in the row what turns the driver's value into Python's.
_Compiled = tuple[str, tuple[Any, ...], list[tuple[int, Any, Any]]]


class CompiledQuery:
    """A SELECT that is asked often: built once by the ORM, then sent with other parameters.

    `build` gets one marker for each parameter, to be used as the value of a lookup on a text column, and returns a
    `values_list` query.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]], *parameters: str) -> None:
        self._build = build
        self._markers = {name: f"<{name}>" for name in parameters}
        self._compiled: _Compiled | None = None

    def first(self, **parameters: str) -> tuple[Any, ...] | None:
        """The first row, or None."""
        connection = connections[DEFAULT_DB_ALIAS]
        if self._compiled is None:
            self._compiled = self._compile(connection)
        sql, template, converters = self._compiled
        values = {marker: parameters[name] for name, marker in self._markers.items()}
        # wall: the query that `build` returned, which is checked where it is made
        with connection.cursor() as cursor:
            cursor.execute(sql, [values.get(value, value) for value in template])
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for position, expression, functions in converters:
            for convert in functions:
                row[position] = convert(row[position], expression, connection)
        return tuple(row)

    def _compile(self, connection: BaseDatabaseWrapper) -> _Compiled:
        query = self._build(**self._markers)[:1].query
        compiler: Any = query.get_compiler(connection=connection)
        sql, template = compiler.as_sql()
        expressions = [selected[0] for selected in compiler.select[: compiler.col_count]]
        converters = [
            (position, expression, functions)
            for position, (functions, expression) in compiler.get_converters(expressions).items()
        ]
        return sql, tuple(template), converters


def _connection_of(row: models.Model) -> BaseDatabaseWrapper:
    return connections[router.db_for_write(type(row), instance=row)]


def _fields(model: type[models.Model], leave_out: Collection[str]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.local_concrete_fields if field.name not in leave_out]


def _values(row: models.Model, leave_out: Collection[str], connection: BaseDatabaseWrapper) -> list[Any]:
    fields = _fields(type(row), leave_out)
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]


def _mark_saved(row: models.Model, connection: BaseDatabaseWrapper) -> None:
    row._state.adding = False
    row._state.db = connection.alias


@cache
def _insert_sql(model: type[models.Model], rows: int, leave_out: frozenset[str], alias: str) -> str:
    quote = connections[alias].ops.quote_name
    columns = [quote(str(field.column)) for field in _fields(model, leave_out)]
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES {', '.join([one] * rows)}"  # noqa: S608


@cache
def _insert_or_get_sql(model: type[models.Model], unique: tuple[str, ...], alias: str) -> str:
    quote = connections[alias].ops.quote_name
    taken = [quote(str(field.column)) for field in _fields(model, ()) if field.name in unique]
    # Setting a column to itself changes nothing, but makes RETURNING answer for the row that was there. One that is
    # part of no key: PostgreSQL then takes a lock that foreign keys to the row need not wait for, else two
    # transactions that write below the same row stand in each other's way.
    table = quote(model._meta.db_table)
    keys = {name for constraint in model._meta.total_unique_constraints for name in constraint.fields}
    idle = next(quote(str(f.column)) for f in _fields(model, keys) if not f.unique)
    return (
        f"{_insert_sql(model, 1, frozenset(), alias)} ON CONFLICT ({', '.join(taken)})"
        f" DO UPDATE SET {idle} = {table}.{idle} RETURNING {quote(str(model._meta.pk.column))}"
    )
