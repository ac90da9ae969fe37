"""Deleting many rows: in slices that hold what they delete for a moment only, with room between them for others."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Length

from tether_calls.common.transactions import until_done

# Rows of the first slice, and the fewest and the most of any; in between it is as many as could be deleted in
# TARGET_SECONDS.
FIRST_ROWS = 50
# Fewer take hardly less time: a commit is the same for one.
FEWEST_ROWS = 10
# Were it more, the slice that is under way when a quiet machine becomes a busy one would take too long.
MOST_ROWS = 500
# A slice may hold its rows for 100 ms (on SQLite, the whole database): where requests wait for the same processor, some
# take eight times as long as those before.
TARGET_SECONDS = 0.01
# So many slices tell how long a row takes: the slowest of them, as beside others there are quick ones by chance.
TELLING = 4
# One delivery may have 67 MB; PostgreSQL deletes it in pieces of 2 KB.
MOST_BYTES = 8 * 1024 * 1024
# Pauses are so many times as long as the slice before them, so that a thirteenth of a core at most is busy with it.
PAUSES = 12.0
LONGEST_PAUSE = 1.0


@dataclass(frozen=True)
class Slice:
    """What was deleted in one transaction, and for how long it held it."""

    rows: int
    seconds: float


def delete_in_slices(
    rows: QuerySet[Model, Model],
    *,
    by: str = "pk",
    weighed_by: str | None = None,
    release: Callable[[Sequence[str]], Sequence[str]] | None = None,
    may_go: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> Iterator[Slice]:
    """Delete rows in the order of `by`, a column with an index, yielding after each slice.

    `weighed_by` is a binary column that may be large. `release` removes what rows have outside of the database, and
    returns the ids of those that may go; it is for rows in the order of their ids. So does `may_go`, which is asked
    first in the transaction that deletes them. Each slice is looked for where the last one ended: before that are only
    dead rows, which reading again would cost more with each slice. Raises what `until_done` raises.
    """
    size, begin = FIRST_ROWS, None
    paces = deque[float](maxlen=TELLING)
    while found := _next_rows(rows, by, begin, size, weighed_by):
        ids: Sequence[str] = [pk for pk, _ in found]
        if release is not None:
            ids = release(ids)
        began = time.monotonic()
        gone = until_done(transaction.atomic(partial(_delete, rows.model, ids, may_go)))
        seconds = time.monotonic() - began
        yield Slice(gone, seconds)
        paces.append(seconds / len(found))
        size, begin = _next_size(size, max(paces)), found[-1][1]
        pause_after(seconds)


def pause_after(seconds: float) -> None:
    """Leave the database to others after so many seconds of work, whatever has been done since."""
    time.sleep(min(PAUSES * seconds, LONGEST_PAUSE))


def _delete(model: type[Model], ids: Sequence[str], may_go: Callable[[Sequence[str]], Sequence[str]] | None) -> int:
    """How many went."""
    going = ids if may_go is None else may_go(ids)
    # wall: deletes what it was handed, whosever it is; of what refers to it, the ids are all that is needed
    model._default_manager.filter(pk__in=going).only("pk").delete()
    return len(going)


def _next_rows(
    rows: QuerySet[Model, Model], by: str, begin: Any, size: int, weighed_by: str | None
) -> list[tuple[Any, Any]]:
    """Id and place of each."""
    # Those at the same place, if it is no id, are gone already, or still to be deleted.
    beyond = "gt" if by == "pk" else "gte"
    left = rows if begin is None else rows.filter(**{f"{by}__{beyond}": begin})
    weight = Value(0) if weighed_by is None else Length(weighed_by)
    found: list[tuple[Any, Any]] = []
    weight_so_far = 0
    for pk, place, weighs in left.order_by(by).values_list("pk", by).annotate(weighs=weight)[:size]:
        weight_so_far += weighs
        if found and weight_so_far > MOST_BYTES:
            break
        found.append((pk, place))
    return found


def _next_size(size: int, seconds_of_a_row: float) -> int:
    """At most twice as many, since what so few tell is little of many."""
    wanted = TARGET_SECONDS / max(seconds_of_a_row, 0.000_000_1)
    return min(max(FEWEST_ROWS, round(wanted)), 2 * size, MOST_ROWS)
