"""Up to where the log has been compared with what was handed on, and what has come since.

"Newest read" is not "all before read": on PostgreSQL an event may become visible after one with a greater id. There
each row names its transaction, and a statement can say which transactions were over when it looked (its snapshot). So
what is new to a reader is exact: what was written by a transaction that its last statement did not see the end of.

Ids help where that is not enough: on SQLite, which has no such numbers and needs none, since its transactions write one
at a time; and after a crash of PostgreSQL, which gives numbers of transactions that left no trace to others. Events of
the last seconds are therefore also recognised by not having been read before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.db import connection
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from tether_calls.common.object_id import first_object_id_at
from tether_calls.realtime.events import INTERNAL
from tether_calls.realtime.log import LONGEST_TRANSACTION, NEXT_TRANSACTION, PAGE, Found, encoded
from tether_calls.realtime.models import EventLog

# Ids of the events of so many seconds are remembered, but of so many events at most.
OVERLAP = timedelta(seconds=10)
REMEMBERED_MAX = 1_000


class Snapshot(NamedTuple):
    """Which transactions are over: those below `end` that are not among `open`."""

    end: int
    open: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From PostgreSQL's `xmin:xmax:open,open,...`."""
        _, end, still_open = text.split(":")
        return cls(int(end), tuple(int(number) for number in still_open.split(",") if number))


@dataclass(frozen=True)
class Compared:
    """What a reader of an organization's log has read: all that `snapshot` has seen, and `recent`.

    `at` is when it looked. `newest` is the greatest id that there was, `floor` the id from which on `recent` is
    complete. Without `snapshot` (SQLite) everything up to `floor` has been read.
    """

    at: datetime
    newest: str = ""
    floor: str = ""
    recent: frozenset[str] = frozenset()
    snapshot: Snapshot | None = None

    def and_also(self, ids: Collection[str], *, at: datetime, snapshot: Snapshot | None) -> Compared:
        newest = max([self.newest, *ids])
        # Never back, though clocks may go there: what has been forgotten would be read again.
        floor = max(self.floor, min(newest, first_object_id_at(at - OVERLAP)))
        recent = sorted(event_id for event_id in self.recent.union(ids) if event_id > floor)
        if len(recent) > REMEMBERED_MAX:
            floor = recent[-REMEMBERED_MAX - 1]
            recent = recent[-REMEMBERED_MAX:]
        return Compared(at=at, newest=newest, floor=floor, recent=frozenset(recent), snapshot=snapshot)

    def unread(self) -> Q:
        """What has come since; each alternative by itself names what an index is searched for."""
        new = Q(pk__gt=self.floor)
        if self.snapshot is not None:
            recently = Q(pk__gt=first_object_id_at(self.at - LONGEST_TRANSACTION))
            # Of transactions that had not begun, and of those that were not over.
            new |= recently & Q(transaction_id__gte=self.snapshot.end, transaction_id__lt=NEXT_TRANSACTION)
            if self.snapshot.open:
                new |= recently & Q(transaction_id__in=self.snapshot.open)
        return new & ~Q(pk__in=self.recent) if self.recent else new


def compared_now(organization_id: str) -> Compared:
    """For a reader who wants only what happens from now on; two statements or three."""
    at = timezone.now()
    # First: what is committed in between is then read again rather than left out.
    snapshot = _snapshot_now()
    ids = EventLog.objects.of_organization(organization_id).order_by("-pk").values_list("pk", flat=True)
    newest = ids.first() or ""
    floor = min(newest, first_object_id_at(at - OVERLAP))
    recent = list(ids.filter(pk__gt=floor)[: REMEMBERED_MAX + 1]) if floor < newest else []
    return Compared(at=at, newest=newest, floor=floor).and_also(recent, at=at, snapshot=snapshot)


def read_on(
    *, organization_id: str, compared: Compared, limit: int, look_up: bool = False
) -> tuple[Found, Compared | None]:
    """What has become visible since, and what has then been compared; one statement where there is little or nothing.

    None, and nothing found, where there are more than `limit`. No order is asked of the database: it is to look up what
    is new, not to search the log in order.
    """
    at = timezone.now()
    unread = EventLog.objects.of_organization(organization_id).filter(compared.unread())
    rows = unread.annotate(snapshot=_SNAPSHOT if connection.vendor == "postgresql" else _NO_SNAPSHOT)
    read = list(rows[: PAGE + 1])
    new = sorted((row.pk, row.name, row.snapshot) for row in read)
    if len(read) > PAGE:
        # By id alone first, in one statement: pages of several would each look at another moment.
        new = sorted(rows.values_list("pk", "name", "snapshot")[: limit + 1])
    if len(new) > limit:
        return Found(organization_id, ()), None
    # Where there is nothing new the older snapshot says the same.
    snapshot = Snapshot.parse(new[0][2]) if new and new[0][2] else compared.snapshot
    after = compared.and_also([event_id for event_id, _, _ in new], at=at, snapshot=snapshot)
    ids = [event_id for event_id, name, _ in new if name not in INTERNAL]
    if len(read) > PAGE:
        return Found(organization_id, ids, look_up=look_up), after
    by_id = {row.pk: row for row in read}
    frames = encoded([by_id[event_id] for event_id in ids], look_up=look_up)
    return Found(organization_id, ids, frames, look_up), after


_SNAPSHOT = Cast(Func(function="pg_current_snapshot"), TextField())
_NO_SNAPSHOT = Value(None, output_field=TextField())


def _snapshot_now() -> Snapshot | None:
    if connection.vendor != "postgresql":
        return None
    # wall: asks for no row at all
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()::text")
        return Snapshot.parse(cursor.fetchone()[0])
