"""Reads the event log for a client that was away, and for who turns it into something else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import F, Q, QuerySet

from tether_calls.realtime.events import INTERNAL
from tether_calls.realtime.models import EventLog


def events_after(*, organization_id: str, last_seen: str, limit: int) -> Iterator[EventLog]:
    """Yield, in order, at least every event that a client who has seen `last_seen` may have missed.

    With PostgreSQL a transaction can commit after a later one: its rows then have smaller ids than one already seen.
    Such rows are recognised because their transaction was not over when `last_seen` was written.
    """
    log = EventLog.objects.of_organization(organization_id)
    missed = Q(pk__gt=last_seen)
    seen = log.filter(pk=last_seen).only("transaction_id", "oldest_open_transaction_id").first()
    if seen is not None and seen.oldest_open_transaction_id is not None:
        missed |= _overlapping(seen.transaction_id, seen.oldest_open_transaction_id)
    rows = log.filter(missed).exclude(name__in=INTERNAL)
    return rows.order_by(F("id").asc())[:limit].iterator(chunk_size=500)


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
    if oldest_open_transaction_id is None:
        return iter(())
    # wall: one cursor goes through all of the given organizations' events
    rows = EventLog.objects.filter(
        _overlapping(transaction_id, oldest_open_transaction_id),
        organization_id__in=organization_ids,
        name__in=names,
        pk__lt=last_seen,
    )
    return rows.order_by("pk").iterator(chunk_size=500)


def _overlapping(transaction_id: int | None, oldest_open_transaction_id: int) -> Q:
    return Q(transaction_id__gte=oldest_open_transaction_id) & ~Q(transaction_id=transaction_id)


def is_known(*, organization_id: str, event_id: str) -> bool:
    """Whether the log still holds this event of the organization."""
    return EventLog.objects.of_organization(organization_id).filter(pk=event_id).exists()
