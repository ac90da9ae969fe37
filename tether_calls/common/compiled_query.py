"""SELECTs of the hot paths: built once by the ORM, then sent with other parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tether_calls.common.statements import cursor_of


@dataclass(frozen=True)
class _Compiled:
    """`converters`: by position in the row what turns the driver's value into Python's."""

    sql: str
    parameters: tuple[Any, ...]
    converters: list[tuple[int, Any, Any]]
    # Of rows that are objects: how each of their columns is called, and what is read along with them, by position.
    model: type[models.Model]
    names: list[str]
    annotations: dict[str, int]
    locks: bool


class CompiledQuery:
    """A SELECT that is asked often: built once by the ORM, then sent with other parameters.

    `build` gets one marker for each parameter, to be used as the value of a lookup on a text column, and returns a
    query: for `first` a `values_list`, for `instances` one of a model's rows, of that model alone.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]], *parameters: str) -> None:
        self._build = build
        self._markers = {name: f"<{name}>" for name in parameters}
        self._compiled: _Compiled | None = None

    def first(self, **parameters: str) -> tuple[Any, ...] | None:
        """The first row, or None."""
        connection = connections[DEFAULT_DB_ALIAS]
        if self._compiled is None:
            self._compiled = _compile(self._build(**self._markers)[:1], connection)
        rows = self._rows(self._compiled, parameters, connection)
        return tuple(rows[0]) if rows else None

    def instances(self, **parameters: str) -> list[Any]:
        """All rows, as objects; what the query annotates is theirs as well. Rows are locked where the query says so."""
        connection = connections[DEFAULT_DB_ALIAS]
        if self._compiled is None:
            self._compiled = _compile(self._build(**self._markers), connection)
        compiled = self._compiled
        found = []
        for row in self._rows(compiled, parameters, connection):
            found.append(each := compiled.model.from_db(connection.alias, compiled.names, row[: len(compiled.names)]))
            for name, position in compiled.annotations.items():
                setattr(each, name, row[position])
        return found

    def _rows(
        self, compiled: _Compiled, parameters: dict[str, str], connection: BaseDatabaseWrapper
    ) -> list[list[Any]]:
        if compiled.locks and connection.get_autocommit():
            raise transaction.TransactionManagementError("Rows are locked within a transaction")
        values = {marker: parameters[name] for name, marker in self._markers.items()}
        # wall: the query that `build` returned, which is checked where it is made
        with cursor_of(connection) as cursor:
            cursor.execute(compiled.sql, [values.get(value, value) for value in compiled.parameters])
            rows = [list(row) for row in cursor.fetchall()]
        for row in rows:
            for position, expression, functions in compiled.converters:
                for convert in functions:
                    row[position] = convert(row[position], expression, connection)
        return rows


def _compile(rows: models.QuerySet[Any, Any], connection: BaseDatabaseWrapper) -> _Compiled:
    compiler: Any = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    expressions = [selected[0] for selected in compiler.select[: compiler.col_count]]
    converters = [
        (position, expression, functions)
        for position, (functions, expression) in compiler.get_converters(expressions).items()
    ]
    own = (compiler.klass_info or {"select_fields": []})["select_fields"]
    return _Compiled(
        sql=sql,
        parameters=tuple(parameters),
        converters=converters,
        model=rows.model,
        names=[compiler.select[position][0].target.attname for position in own],
        annotations=compiler.annotation_col_map,
        locks=rows.query.select_for_update,
    )
