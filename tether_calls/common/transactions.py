"""Transactions that others may be in the way of: done once more, or refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

from tether_calls.common.errors import ErrorCode, TetherError

ResultT = TypeVar("ResultT")

# PostgreSQL's serialization_failure and deadlock_detected: of transactions in each other's way, one is rolled back.
_LOST_TO_ANOTHER = ("40001", "40P01")
_ATTEMPTS = 10
_PAUSE = 0.01  # seconds, times the number of the attempt


def delete_until_done(work: Callable[[], object]) -> None:
    """Run `work`, which deletes, in a transaction of its own; again where a row that refers to what goes came between.

    Foreign keys are checked at the commit, and what refers to a row is read before. Raises what `work` raises, and
    IntegrityError or OperationalError when rows keep coming.
    """
    until_done(transaction.atomic(work))


def until_done(work: Callable[[], ResultT]) -> ResultT:
    """Run `work`, which is a transaction, again while another one that came between has it rolled back.

    Raises what `work` raises, and IntegrityError or OperationalError when others keep coming.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except (IntegrityError, OperationalError) as error:
            if attempt == _ATTEMPTS or not is_rolled_back(error):
                raise
        time.sleep(_PAUSE * attempt)
    raise AssertionError("the last attempt returns or raises")


@contextmanager
def unique_or_refuse(code: ErrorCode) -> Iterator[None]:
    """A transaction that writes a row under a unique constraint. Raises TetherError with `code` where it is taken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise TetherError(code) from None


def is_rolled_back(error: Exception) -> bool:
    """Whether the database says itself that nothing of the transaction is left."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", None) in _LOST_TO_ANOTHER
