"""Reads the event log for a client that was away."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q

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
        overlapping = Q(transaction_id__gte=seen.oldest_open_transaction_id) & ~Q(transaction_id=seen.transaction_id)
        missed |= overlapping
    return log.filter(missed).order_by(F("id").asc())[:limit].iterator(chunk_size=500)


def is_known(*, organization_id: str, event_id: str) -> bool:
    """Whether the log still holds this event of the organization."""
    return EventLog.objects.of_organization(organization_id).filter(pk=event_id).exists()
