"""How rows are gone through and changed, one at a time, while calls come in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet

from tether_calls.common.transactions import delete_until_done

RowT = TypeVar("RowT", bound=Model)
ChangeT = TypeVar("ChangeT")

_AT_ONCE: Final = 1_000


def in_order(rows: QuerySet[RowT, Any]) -> Iterator[RowT]:
    """All of them by their ids, a statement for a thousand. What is changed meanwhile does no harm."""
    after = ""
    while True:
        page = list(rows.filter(pk__gt=after).order_by("pk")[:_AT_ONCE])
        yield from page
        if len(page) < _AT_ONCE:
            return
        after = page[-1].pk


def what_was_done(change: Callable[[], Iterable[ChangeT]]) -> ChangeT | None:
    """What `change` did, which yields it once it is done, in one transaction; None where nothing was to be done.

    Raises what it raises, IntegrityError, OperationalError: nothing was done.
    """
    done: list[ChangeT] = []

    def work() -> None:
        done.clear()
        done.extend(change())

    delete_until_done(work)
    return done[0] if done else None
