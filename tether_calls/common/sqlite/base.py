"""SQLite as the embedded default uses it: the writers of one process take turns, and text is PostgreSQL's.

SQLite lets one connection write at a time and makes the others poll; with eight threads the slowest request then waits
for most of a second. A lock of the process, taken where a transaction begins, queues them fairly instead.
"""

from __future__ import annotations

import threading
from typing import Any

from django.db.backends.sqlite3 import base

from tether_calls.common.sqlite import text

_writers = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    _holds_turn = False

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        text.register(connection)
        return connection

    def _take_turn(self) -> None:
        if not self._holds_turn:
            _writers.acquire()
            self._holds_turn = True

    def _end_turn(self) -> None:
        if self._holds_turn:
            self._holds_turn = False
            _writers.release()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave these out
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            # A commit that failed is followed by a rollback, which needs no turn.
            self._end_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._end_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._end_turn()
