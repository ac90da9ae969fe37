"""Prepared statements, sent by libpq's own call: a cursor of psycopg's takes three times as long over each.

Values are written and read by psycopg, as in its cursors. What is left out is what statements of the hot paths need
not have: a wait that Ctrl-C can end, several results, rows that are fetched later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus

_SESSION = "_tether_prepared"
# Of int2 and int4, which psycopg names small numbers: the next one may be larger.
_WHOLE_NUMBERS, _INT8 = frozenset({21, 23, 20}), 20
# Types that a parameter has in itself; of others the server says what they have to be, as of a literal.
_DECIDED = frozenset({16, 701, 1700})  # bool, float8, numeric
# There are a few dozen; the server holds each in every session.
_MOST_PREPARED = 200


@lru_cache(maxsize=256)
def _numbered(statement: str) -> bytes:
    """With `$1`, `$2` and so on for `%s`."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", statement).encode()


@dataclass
class _Session:
    """What one session has prepared, by text, and how values are written and read in it."""

    transformer: abc.Transformer
    names: dict[str, bytes] = field(default_factory=dict)

    def types(self) -> list[int]:
        """Of the values that were written last: those that the server cannot tell from where they stand."""
        found = self.transformer.types or ()
        return [_INT8 if oid in _WHOLE_NUMBERS else oid if oid in _DECIDED else 0 for oid in found]


@dataclass(frozen=True)
class Sent:
    """Where Django's log of statements looks for what was sent."""

    query: bytes


class PreparedCursor:
    """As much of a cursor as Django's wrapper needs, for statements with the same text each time.

    Raises what psycopg raises. Within a transaction it begins one, where the session has none yet.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self._query: Sent | None = None
        self.rowcount = -1

    def execute(self, statement: str, params: Sequence[Any] = ()) -> None:
        connection, session = self._connection, _session_of(self._connection)
        self._query = Sent(_numbered(statement))
        transformer = session.transformer
        values = transformer.dump_sequence(params, [PyFormat.TEXT] * len(params))
        if not connection.autocommit and connection.pgconn.transaction_status == TransactionStatus.IDLE:
            connection.wait(connection._start_query())
        result = self._send(session, statement, values)
        self.rowcount = result.command_tuples or 0
        self._rows = []
        if result.ntuples:
            transformer.set_pgresult(result)
            self._rows = transformer.load_rows(0, result.ntuples, tuple)

    def _send(self, session: _Session, statement: str, values: Sequence[Any]) -> Any:
        pgconn, names = self._connection.pgconn, session.names
        name = names.get(statement)
        if name is None:
            # A pooler that pools transactions hands the next statement to another session.
            if self._connection.prepare_threshold is None or len(names) >= _MOST_PREPARED:
                return _checked(pgconn, pgconn.exec_params(_numbered(statement), values, session.types()))
            name = b"tether_%d" % len(names)
            _checked(pgconn, pgconn.prepare(name, _numbered(statement), session.types()))
            names[statement] = name
        return _checked(pgconn, pgconn.exec_prepared(name, values))

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        """There is nothing to be closed."""


def _session_of(connection: psycopg.Connection[Any]) -> _Session:
    session: _Session | None = getattr(connection, _SESSION, None)
    if session is None:
        session = _Session(Transformer(connection))
        setattr(connection, _SESSION, session)
    return session


def _checked(pgconn: Any, result: Any) -> Any:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if pgconn.status == ConnStatus.BAD and result.error_field(DiagnosticField.SQLSTATE) is None:
        # libpq's own words, which have no code: the server, or the way to it, has gone.
        raise psycopg.OperationalError(result.get_error_message("utf-8"))
    raise error_from_result(result)
