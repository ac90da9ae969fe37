"""Two transactions in each other's way on PostgreSQL: one goes on when the other has come as far as it can."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection

from tests.waiting import PATIENCE, wait_until


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def halfway(first: Callable[[], object], second: Callable[[], object], *, after: str) -> None:
    """The second begins when the first has made its first statement that `after` matches, and goes as far as it can.

    Raises what either raises, such as that PostgreSQL has ended a deadlock, and AssertionError where the first has made
    no such statement: then nobody was in anybody's way.
    """
    is_halfway, may_go_on = Event(), Event()
    made: list[str] = []

    def hold(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not made and re.match(after, sql, re.DOTALL):
            made.append(sql)
            is_halfway.set()
            assert may_go_on.wait(PATIENCE)
        return result

    def held() -> None:
        try:
            with connection.execute_wrapper(hold):
                first()
        finally:
            is_halfway.set()
            connection.close()

    def run() -> None:
        try:
            second()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(held)
        assert is_halfway.wait(PATIENCE)
        other = threads.submit(run)
        try:
            wait_until(lambda: other.done() or somebody_waits_for_a_lock(), what="the other's lock")
        finally:
            may_go_on.set()
        one.result(PATIENCE)
        other.result(PATIENCE)
    assert made, f"no statement was like {after}"
