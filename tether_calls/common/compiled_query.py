"""SELECTs of the hot paths: built once by the ORM, then sent with other parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from tether_calls.common.statements import cursor_of

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
        with cursor_of(connection) as cursor:
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
