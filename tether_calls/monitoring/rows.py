"""What metrics say of the whole service, read from its rows and its cache; sums over all organizations, no names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from calls.models import Delivery, WebhookCursor, WebhookMessage, WebhookState, WebhookSubscription
from calls.models.delivery import DeliveryState
from tether_calls.background.clock import read_clock
from tether_calls.common.object_id import object_id_time
from tether_calls.common.observing import metrics
from tether_calls.common.observing.metrics import ReadGauge
from tether_calls.realtime.log import next_events

# A metric, a value, the values of its labels.
Reading = tuple[ReadGauge, float, tuple[str, ...]]

_UNDONE = (DeliveryState.RECEIVED, DeliveryState.WAITING, DeliveryState.FAILED)


def readings() -> Iterator[Reading]:
    """Five statements and two requests to the cache. Raises what their clients raise."""
    now = timezone.now()
    yield from _deliveries()
    yield from _webhooks(now)
    yield metrics.EVENT_LOG_LAG, _lag(now), ()
    yield from _jobs()


def _deliveries() -> Iterator[Reading]:
    # wall: how many, of all organizations together
    undone = Delivery.objects.filter(state__in=_UNDONE).order_by()
    counts = dict(undone.values_list("state").annotate(Count("pk")))
    for state in _UNDONE:
        yield metrics.DELIVERIES_UNDONE, counts.get(state, 0), (str(state),)


def _webhooks(now: datetime) -> Iterator[Reading]:
    # What is disabled waits for its owner, not for us.
    # wall: how many, and since when, of all organizations together
    pending = WebhookMessage.objects.filter(state=WebhookState.PENDING, subscription__is_active=True)
    yield metrics.WEBHOOKS_PENDING, pending.count(), ()
    oldest = pending.order_by("created_at").values_list("created_at", flat=True).first()
    yield metrics.WEBHOOKS_AGE, _age(oldest, now), ()


def _lag(now: datetime) -> float:
    """Of the event that the job would read next; events of organizations without subscriptions wait for nobody."""
    cursor = WebhookCursor.objects.first()
    if cursor is None:
        return 0.0
    # wall: the organizations that subscribe are those whose events are read
    subscribing = WebhookSubscription.objects.filter(is_active=True).values("organization_id")
    waiting = next_events(organization_ids=subscribing, after=cursor.last_event_id, limit=1)
    return _age(object_id_time(waiting[0].pk) if waiting else None, now)


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _jobs() -> Iterator[Reading]:
    clock = read_clock()
    yield metrics.CLOCK_LATE, float(clock.beat_is_late), ("beat",)
    yield metrics.CLOCK_LATE, float(clock.worker_is_late), ("worker",)
    for name in settings.TETHER_JOBS:
        if name in clock.done:
            yield metrics.JOB_LAST_SUCCESS, clock.done[name].at, (name,)
            yield metrics.JOB_LAST_SECONDS, clock.done[name].seconds, (name,)
