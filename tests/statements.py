"""Which SQL statements something takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

_CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS")


@contextmanager
def statements_made() -> Iterator[list[str]]:
    """Filled when the block has ended; BEGIN, COMMIT, SAVEPOINT and their like are left out."""
    made: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield made
    made += [query["sql"] for query in queries if not query["sql"].startswith(_CONTROL)]


def with_one_write(count: int, *, writes: int = 4) -> int:
    """`count` statements, of which PostgreSQL gets the `writes` of a call that is pushed as one."""
    return count - writes + 1 if connection.vendor == "postgresql" else count
