"""What is done is undone in the midst of a test: several requests find the same rows, which are made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Rows and the cache are afterwards as they were, and as between two tests nothing has been committed."""
    block = transaction.atomic()
    # As Django's own around a test: what may have no transaction around it may begin here.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)
    cache.clear()
