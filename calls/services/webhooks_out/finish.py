"""What an attempt's outcome means: delivered, again later, given up, or the receiver is gone."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from calls.models import DisabledReason, WebhookAttempt, WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.claim import Claimed

logger = logging.getLogger(__name__)

# Seconds from one attempt to the next, a fifth more or less; the last one repeats until a day is over.
PAUSES = (5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400)
_JITTER = 0.2
GONE = 410
DISABLE_AFTER = timedelta(hours=24)

# Of several in one round trip, which the ORM does not know.
_NOTE = (
    f"UPDATE {WebhookAttempt._meta.db_table}"  # noqa: S608
    " SET status = %s, response = %s, error = %s, duration_ms = %s WHERE id = %s"
)

_random = secrets.SystemRandom()


@dataclass(frozen=True)
class Outcome:
    """An answer's status and beginning, or a sentence why there is none; how long it took in milliseconds."""

    status: int | None = None
    response: str = ""
    error: str = ""
    duration_ms: int = 0
    # Our fault, not the receiver's.
    is_ours: bool = False

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """In a word, for metrics."""
        if self.is_ours:
            return "ours"
        if self.status is None:
            return "unreachable"
        return "delivered" if self.is_success else "gone" if self.status == GONE else "refused"


@transaction.atomic
def finish(*, ended: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
    """Note outcomes, in the order in which they ended, and decide what becomes of messages and subscriptions.

    Four statements, however many subscriptions they are of, where all are delivered.
    """
    subscriptions = _locked({claimed.subscription_id for claimed, _ in ended})
    # wall: messages of subscriptions that are held
    rows = WebhookMessage.objects.filter(subscription__in=list(subscriptions))
    messages = rows.in_bulk([claimed.message_id for claimed, _ in ended])
    # Those of a subscription that is deleted are gone with it.
    ended = [each for each in ended if _is_of(each[0], messages.get(each[0].message_id), subscriptions)]
    _note(ended)
    delivered = set[str]()
    for claimed, outcome in ended:
        message, subscription = messages[claimed.message_id], subscriptions[claimed.subscription_id]
        if message.state != WebhookState.PENDING or message.pk in delivered:
            continue  # delivered by another attempt
        if outcome.is_success:
            delivered.add(message.pk)
            _works(subscription)
        elif message.lease != claimed.lease:
            continue  # in other hands by now
        elif subscription.url != claimed.url:
            # What the address before answered, also that it is gone, says nothing of this one.
            _put_back(subscription, message, now)
        else:
            _failed(subscription, message, outcome, now)
            if not outcome.is_ours:
                _note_failure(subscription, outcome, now)
    if delivered:
        _close(rows, delivered, WebhookState.DELIVERED, now)


def _is_of(claimed: Claimed, message: WebhookMessage | None, subscriptions: Mapping[str, WebhookSubscription]) -> bool:
    """Whether the message is there, and of the subscription and the organization that it was claimed of."""
    if message is None or message.subscription_id != claimed.subscription_id:
        return False
    organization_id: str = subscriptions[message.subscription_id].organization_id
    return organization_id == claimed.organization_id


def _note(ended: Sequence[tuple[Claimed, Outcome]]) -> None:
    rows = [
        (outcome.status, outcome.response, outcome.error, outcome.duration_ms, claimed.attempt_id)
        for claimed, outcome in ended
    ]
    if rows:
        # wall: the attempts of messages that were found below their subscription
        with connection.cursor() as cursor:
            cursor.executemany(_NOTE, rows)


def _works(subscription: WebhookSubscription) -> None:
    if subscription.failing_since is not None:
        _rows(subscription).update(failing_since=None)
        subscription.failing_since = None


def disable(*, subscription: WebhookSubscription, reason: DisabledReason, now: datetime) -> None:
    """Send nothing more; what is pending waits until it is enabled again."""
    _rows(subscription).update(is_active=False, disabled_at=now, disabled_reason=reason)
    logger.warning("The webhook %s is disabled: %s", subscription.pk, reason.label)


def _failed(subscription: WebhookSubscription, message: WebhookMessage, outcome: Outcome, now: datetime) -> None:
    again_at = now + pause_after(message.attempts)
    if outcome.status == GONE or (message.give_up_at is not None and again_at > message.give_up_at):
        _close(subscription.messages.all(), [message.pk], WebhookState.DEAD, now)
        return
    _put_back(subscription, message, again_at)


def _put_back(subscription: WebhookSubscription, message: WebhookMessage, next_attempt_at: datetime) -> None:
    subscription.messages.filter(pk=message.pk).update(next_attempt_at=next_attempt_at, lease=None, leased_until=None)


def pause_after(attempts: int) -> timedelta:
    """Grows with the number of attempts; never the same for two messages, so that they do not come all at once."""
    seconds = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return timedelta(seconds=seconds * _random.uniform(1 - _JITTER, 1 + _JITTER))


def _close(
    messages: QuerySet[WebhookMessage, Any], message_ids: Collection[str], state: WebhookState, now: datetime
) -> None:
    messages.filter(pk__in=message_ids).update(state=state, finished_at=now, lease=None, leased_until=None)


def _note_failure(subscription: WebhookSubscription, outcome: Outcome, now: datetime) -> None:
    if not subscription.is_active:
        return  # disabled meanwhile, for the reason that it has
    if outcome.status == GONE:
        disable(subscription=subscription, reason=DisabledReason.GONE, now=now)
    elif subscription.failing_since is None:
        _rows(subscription).update(failing_since=now)
        subscription.failing_since = now
    elif now - subscription.failing_since >= DISABLE_AFTER:
        disable(subscription=subscription, reason=DisabledReason.FAILING, now=now)


def _locked(subscription_ids: Collection[str]) -> dict[str, WebhookSubscription]:
    """In one order for all, so that two workers that wait for each other's cannot be."""
    # wall: subscriptions whose messages this job has in hand, of several organizations
    subscriptions = WebhookSubscription.objects.filter(pk__in=subscription_ids).defer("secrets").order_by("pk")
    return {each.pk: each for each in subscriptions.select_for_update(of=("self",), no_key=True)}


def _rows(subscription: WebhookSubscription) -> QuerySet[WebhookSubscription, WebhookSubscription]:
    """The row of a subscription, for changes of single columns."""
    return WebhookSubscription.objects.of_organization(subscription.organization_id).filter(pk=subscription.pk)
