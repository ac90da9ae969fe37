"""Claims due messages: each for one worker at a time, and every subscription in its turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from calls.models import WebhookAttempt, WebhookMessage, WebhookSubscription
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.transactions import is_rolled_back

# Of one subscription under way at a time; while it fails, one: slow receivers keep few senders busy.
AT_A_TIME = 2
AT_A_TIME_FAILING = 1
GIVE_UP_AFTER = timedelta(hours=24)

_Subscriptions = QuerySet[WebhookSubscription, WebhookSubscription]


@dataclass(frozen=True)
class Claimed:
    """A message in our hands for one attempt. `secret` is None where no key opens it."""

    organization_id: str
    attempt_id: str
    message_id: str
    subscription_id: str
    url: str
    secret: str | None
    body: bytes


def claim(*, now: datetime, limit: int) -> list[Claimed]:
    """At most `limit` messages that are due, of those subscriptions first that have waited longest for a turn.

    Each has been noted as an attempt before anything is sent. It comes back by itself when the lease is over.
    """
    claimed: list[Claimed] = []
    for organization_id, subscription_id in _with_work(now, limit):
        if len(claimed) >= limit:
            break
        try:
            claimed += _claim_of(organization_id, subscription_id, now, limit - len(claimed))
        except (IntegrityError, OperationalError) as error:
            # The subscription is being deleted.
            if not is_rolled_back(error):
                raise
    return claimed


def lease_time() -> timedelta:
    """Longer than an attempt can take."""
    return timedelta(seconds=settings.TETHER_WEBHOOK_SECONDS * 2 + 5)


def _with_work(now: datetime, limit: int) -> Iterator[tuple[str, str]]:
    # wall: the job serves the subscriptions of every organization, in turn
    ready = WebhookMessage.objects.ready(now).filter(subscription=OuterRef("pk"))
    # wall: the job serves the subscriptions of every organization, in turn
    waiting = WebhookSubscription.objects.filter(Exists(ready), is_active=True)
    in_turn = waiting.order_by(F("last_turn_at").asc(nulls_first=True), "pk")
    # Twice as many: some may have all under way that they may have.
    yield from list(in_turn.values_list("organization_id", "pk")[: limit * 2])


@transaction.atomic
def _claim_of(organization_id: str, subscription_id: str, now: datetime, limit: int) -> list[Claimed]:
    """All messages of a subscription are taken under its row's lock, so no two workers can take the same."""
    subscriptions = WebhookSubscription.objects.of_organization(organization_id).filter(pk=subscription_id)
    subscription = _lock(subscriptions)
    if subscription is None:
        return []
    messages = subscription.messages
    under_way = messages.filter(state="pending", leased_until__gt=now).count()
    allowed = AT_A_TIME if subscription.failing_since is None else AT_A_TIME_FAILING
    free = min(limit, allowed - under_way)
    subscriptions.update(last_turn_at=now)
    if free <= 0:
        return []
    secret = _secret_of(subscriptions)
    ready = messages.ready(now).order_by("next_attempt_at", "pk")[:free]
    return [_lease(message, subscription, secret, now) for message in ready]


def _lock(subscriptions: _Subscriptions) -> WebhookSubscription | None:
    subscriptions = subscriptions.filter(is_active=True).defer("secrets")
    if connection.features.has_select_for_update_skip_locked:
        # Not waited for: another worker holds it and takes this turn.
        subscriptions = subscriptions.select_for_update(of=("self",), skip_locked=True, no_key=True)
    return subscriptions.first()


def _secret_of(subscriptions: _Subscriptions) -> str | None:
    try:
        secrets: Any = subscriptions.values_list("secrets", flat=True).get()
    except UndecipherableSecret:
        return None
    return str(secrets["signing"])


def _lease(message: WebhookMessage, subscription: WebhookSubscription, secret: str | None, now: datetime) -> Claimed:
    attempt = WebhookAttempt.objects.create(message=message, started_at=now)
    subscription.messages.filter(pk=message.pk).update(
        lease=attempt.pk,
        leased_until=now + lease_time(),
        attempts=F("attempts") + 1,
        give_up_at=message.give_up_at or now + GIVE_UP_AFTER,
    )
    return Claimed(
        organization_id=subscription.organization_id,
        attempt_id=attempt.pk,
        message_id=message.pk,
        subscription_id=subscription.pk,
        url=subscription.url,
        secret=secret,
        body=message.body.encode(),
    )
