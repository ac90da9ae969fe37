"""What is done is undone in the midst of a test: several requests find the same rows, which are made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import connection, transaction


@contextmanager
def undone() -> Iterator[None]:
    """Rows are afterwards as they were; as between two tests nothing has been committed, and the cache is empty."""
    block = transaction.atomic()
    # As Django's own around a test: what may have no transaction around it may begin here.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        if not transaction.get_rollback():
            # As at the end of a test: what refers to rows that have gone would be refused by a commit.
            connection.check_constraints()
        transaction.set_rollback(True)
    cache.clear()
