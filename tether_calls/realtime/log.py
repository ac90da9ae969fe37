"""Reads the event log: for a client that was away, and for what turns events into something else."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, F, Func, Q, QuerySet, TextField
from django.db.models.functions import Cast

from tether_calls.common.object_id import first_object_id_at, object_id_time
from tether_calls.common.socket_protocol import SharedText
from tether_calls.realtime.events import INTERNAL, Encoded, frame_of
from tether_calls.realtime.models import EventLog
from tether_calls.realtime.owners import owners_of

# Events that are in memory at a time; what is more is read page by page.
PAGE = 200
# How long before its commit a transaction may have made an event's id. Bounds what is looked through for late ones.
LONGEST_TRANSACTION = timedelta(days=1)


@dataclass(frozen=True)
class Found:
    """Events of one organization that one statement found, in the order of their ids.

    `ids` are all of them; `frames` is empty where they are more than a page. `look_up`: as of `owners_of`.
    """

    organization_id: str
    ids: Sequence[str]
    frames: Sequence[Encoded] = ()
    look_up: bool = False

    def page(self, start: int) -> list[Encoded]:
        """A page of frames, `start` being a position in `ids`; what has been deleted since is left out."""
        if self.frames:
            return list(self.frames[start : start + PAGE])
        log = EventLog.objects.of_organization(self.organization_id)
        rows = log.filter(pk__in=self.ids[start : start + PAGE]).order_by("pk")
        return encoded(rows, look_up=self.look_up)


def encoded(rows: Iterable[EventLog], *, look_up: bool) -> list[Encoded]:
    """Their frames; six statements more at most, where whose they are is to be looked up."""
    found = list(rows)
    owners = owners_of(found, look_up=look_up)
    return [
        Encoded(row.pk, SharedText(frame_of(row)), row.user_id or "", each)
        for row, each in zip(found, owners, strict=True)
    ]


@dataclass(frozen=True)
class Missed:
    """What a client may have missed. `is_known`: the log has the event that it named; `is_cut`: there is more."""

    found: Found
    is_known: bool
    is_cut: bool


def missed_since(*, organization_id: str, after: str, limit: int, look_up: bool = False) -> Missed:
    """At least every event that a client may have missed whose last one was `after`.

    With PostgreSQL a transaction can commit after a later one: its events then have smaller ids than `after`. They are
    recognised because their transaction was not over when `after` was written. Of these, and of those with greater ids,
    the first `limit` each: however many may be late while a transaction stays open for long, who asks again with the
    last of these goes on. All are found by one statement, so that what is committed while the pages are sent is in none
    of them, and comes from the follower.
    """
    log = EventLog.objects.of_organization(organization_id)
    seen = log.filter(pk=after).values_list("transaction_id", "oldest_open_transaction_id").first()
    told = log.exclude(name__in=INTERNAL).order_by(F("id").asc())
    new, late = told.filter(pk__gt=after), None
    missed = Q(pk__gt=after)
    if seen is not None and seen[1] is not None:
        overlapping = _overlapping(seen[0], seen[1])
        # The first bound alone would do; it keeps a search in the order of ids from beginning with the oldest.
        missed = Q(pk__gt=_first_of_late(after)) & (missed | overlapping)
        late = told.filter(overlapping, pk__gt=_first_of_late(after), pk__lt=after)
    page = list(told.filter(missed)[: PAGE + 1])
    if len(page) <= PAGE:
        frames = encoded(page, look_up=look_up)
        ids = [frame.id for frame in frames]
    else:
        frames = []
        first = new.values_list("pk", flat=True)[: limit + 1]
        if late is not None:
            first = late.values_list("pk", flat=True)[: limit + 1].union(first, all=True)
        ids = sorted(first)
    begin = bisect(ids, after)
    chosen = [*range(begin)[:limit], *range(begin, len(ids))[:limit]]
    found = Found(
        organization_id, [ids[place] for place in chosen], [frames[place] for place in chosen if frames], look_up
    )
    return Missed(found, is_known=seen is not None, is_cut=len(chosen) < len(ids))


# wall: for the job that makes webhooks, of the organizations that subscribe
def next_events(*, organization_ids: QuerySet[Any, Any], after: str, limit: int) -> list[EventLog]:
    """The first events of some organizations that have greater ids than `after`, in order."""
    # wall: one cursor goes through all of the given organizations' events
    rows = EventLog.objects.filter(organization_id__in=organization_ids, pk__gt=after)
    return list(rows.order_by("pk")[:limit])


# wall: for the job that makes webhooks, of the organizations that subscribe
def late_events(
    *,
    organization_ids: QuerySet[Any, Any],
    names: Collection[str],
    last_seen: str,
    transaction_id: int | None,
    oldest_open_transaction_id: int | None,
) -> Iterator[EventLog]:
    """Yield, in order, what may have been committed since `last_seen` was read, although its ids are smaller.

    To be read *after* the events that follow `last_seen`: what is in neither answer was not committed when the newest
    of them was written, and so is late for that one too.
    """
    if oldest_open_transaction_id is None or not last_seen:
        return iter(())
    # wall: one cursor goes through all of the given organizations' events
    rows = EventLog.objects.filter(
        _overlapping(transaction_id, oldest_open_transaction_id),
        organization_id__in=organization_ids,
        name__in=names,
        pk__gt=_first_of_late(last_seen),
        pk__lt=last_seen,
    )
    return rows.order_by("pk").iterator(chunk_size=500)


def _overlapping(transaction_id: int | None, oldest_open_transaction_id: int) -> Q:
    """Of transactions that were not over when another wrote an event."""
    return (
        Q(transaction_id__gte=oldest_open_transaction_id)
        & ~Q(transaction_id=transaction_id)
        & Q(transaction_id__lt=NEXT_TRANSACTION)
    )


def _first_of_late(event_id: str) -> str:
    return first_object_id_at(object_id_time(event_id) - LONGEST_TRANSACTION)


def of_snapshot(function: str) -> Cast:
    """What a function of PostgreSQL says of the snapshot that the statement reads, as text."""
    return Cast(Func(Func(function="pg_current_snapshot"), function=function), TextField())


# PostgreSQL's; no event that the statement can see is of this transaction or a later one, unless it was written on
# another server and came with a dump: numbers of transactions are each server's own.
NEXT_TRANSACTION = Cast(of_snapshot("pg_snapshot_xmax"), BigIntegerField())
