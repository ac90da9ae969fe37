"""Turns of a job's workers at its rows: a worker claims the row that has waited longest, for the length of a lease.

Of models with `lease`, `leased_until`, `next_turn_at` and `failures` (in a row). A worker that is killed gives nothing
back: when its lease is over the row is somebody else's, and each write of the first one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from tether_calls.common.object_id import new_object_id

RowT = TypeVar("RowT", bound=Model)

# Longer than the longest step between two writes.
LEASE: Final = timedelta(seconds=180)
GIVEN_BACK: Final = {"lease": None, "leased_until": None}


class NotOurs(Exception):
    """The lease is over and another worker has the row, or it was ended, or is gone."""


def next_in_turn(waiting: QuerySet[RowT], *, now: datetime, **values: Any) -> RowT | None:
    """Of these rows the one that has waited longest, in our hands for LEASE, with what is given. Two statements."""
    due = waiting.filter(Q(leased_until=None) | Q(leased_until__lte=now), next_turn_at__lte=now)
    due = due.order_by("next_turn_at", "pk")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
        row: Any = due.first()
        if row is None:
            return None
        # One that was not given back was cut off, which is a failure as well: it may be its own doing.
        failures = row.failures + (row.lease is not None)
        _write(row, {**values, "lease": new_object_id(), "leased_until": now + LEASE, "failures": failures})
    taken: RowT = row
    return taken


def write(row: Any, **values: Any) -> None:
    """Write what is given, to the row in the database and to this one. One statement. Raises NotOurs."""
    _write(row, values)


def hold(row: Any, **values: Any) -> None:
    """The same, and have the row for LEASE from now. One statement. Raises NotOurs."""
    _write(row, {"leased_until": timezone.now() + LEASE, **values})


def lock(row: Any) -> None:
    """Nobody takes it, or ends it, until the transaction is over. One statement. Raises NotOurs."""
    if not _ours(row).select_for_update(no_key=True, of=("self",)).exists():
        raise NotOurs


def give_back(row: Any, **values: Any) -> None:
    """It goes on when the others have had their turns. Raises NotOurs."""
    _write(row, {**GIVEN_BACK, "next_turn_at": timezone.now(), **values})


def try_later(row: Any, *, pauses: Sequence[int]) -> bool:
    """Have it taken again after the pause (seconds) of so many failures. Raises NotOurs.

    False where there is no pause left: nothing is written.
    """
    if row.failures >= len(pauses):
        return False
    later = timezone.now() + timedelta(seconds=pauses[row.failures])
    give_back(row, next_turn_at=later, failures=row.failures + 1)
    return True


def _ours(row: Any) -> QuerySet[Any]:
    # wall: the row that is in hand, and its organization's
    rows: QuerySet[Any] = type(row)._default_manager.filter(organization_id=row.organization_id, pk=row.pk)
    return rows.filter(lease=row.lease)


def _write(row: Any, values: dict[str, Any]) -> None:
    if not _ours(row).update(**values):
        raise NotOurs
    for name, value in values.items():
        setattr(row, name, value)
