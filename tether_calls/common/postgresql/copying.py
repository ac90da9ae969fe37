"""COPY, sent as a statement of which Django's log, and whoever listens to statements, hears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from tether_calls.common.postgresql.prepared import Sent


class CopyCursor:
    """As much of a cursor as Django's wrapper needs for COPY: `execute` takes the text of the rows, piece by piece."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._query: Sent | None = None
        self.rowcount = -1

    def execute(self, statement: str, params: Iterable[str]) -> None:
        self._query = Sent(statement.encode())
        # wall: COPY finds no rows
        with self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                for text in params:
                    copy.write(text)
            self.rowcount = cursor.rowcount

    def close(self) -> None:
        """There is nothing to be closed."""
