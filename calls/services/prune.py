"""Deletes rows that are past their time, in batches that hold no table for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from calls.models import Delivery, WebhookMessage
from calls.services.agent_calls.idempotency import outdated_requests
from tether_calls.background.jobs import stopping
from tether_calls.common.object_id import first_object_id_at
from tether_calls.common.transactions import delete_until_done
from tether_calls.realtime.models import EventLog

# Rows deleted in one transaction.
BATCH = 500
# The job stops after this long; the next one goes on.
RUN_SECONDS = 240.0


@dataclass(frozen=True)
class Outdated:
    """What is past its time in one table."""

    title: str
    rows: QuerySet[Model, Model]


@dataclass(frozen=True)
class Progress:
    """Of one table: what has been deleted of how many rows that were past their time at the beginning."""

    title: str
    deleted: int
    total: int


def prune() -> None:
    """The job: as much as can be deleted in four minutes."""
    until = time.monotonic() + RUN_SECONDS
    for _ in prune_step_by_step(count=False):
        if time.monotonic() > until or stopping.is_set():
            return


def prune_step_by_step(*, count: bool) -> Iterator[Progress]:
    """Delete batch by batch, telling after each; with `count` each table is counted first, else totals are 0."""
    for outdated in all_outdated(timezone.now()):
        total = outdated.rows.count() if count else 0
        deleted = 0
        yield Progress(outdated.title, deleted, total)
        while batch := _delete_batch(outdated.rows):
            deleted += batch
            yield Progress(outdated.title, deleted, max(total, deleted))


def all_outdated(now: datetime) -> list[Outdated]:
    return [Outdated(title, rows(now)) for title, rows in _TABLES.items()]


def _delete_batch(rows: QuerySet[Model, Model]) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        # wall: the job deletes what is past its time, of every organization
        delete_until_done(rows.model._default_manager.filter(pk__in=ids).delete)
    return len(ids)


def _by_age(model: type[Model], days: Callable[[], int]) -> Callable[[datetime], QuerySet[Model, Model]]:
    """An id begins with the time of its making, and is an index."""

    def rows(now: datetime) -> QuerySet[Model, Model]:
        # wall: the job deletes what is past its time, of every organization
        return model._default_manager.filter(pk__lt=first_object_id_at(now - timedelta(days=days())))

    return rows


_TABLES: dict[str, Callable[[datetime], QuerySet[Model, Model]]] = {
    "events": _by_age(EventLog, lambda: settings.TETHER_EVENT_LOG_DAYS),
    "deliveries of providers": _by_age(Delivery, lambda: settings.TETHER_DELIVERY_DAYS),
    # With their attempts.
    "webhooks sent": _by_age(WebhookMessage, lambda: settings.TETHER_WEBHOOK_LOG_DAYS),
    "idempotency keys": outdated_requests,
    # What `flushexpiredtokens` and `clearsessions` delete in one statement each.
    "expired tokens": lambda now: OutstandingToken.objects.filter(expires_at__lte=now),
    "expired sessions": lambda now: Session.objects.filter(expire_date__lt=now),
}
