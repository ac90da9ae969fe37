"""What an attempt's outcome means: delivered, again later, given up, or the receiver is gone."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from calls.models import DisabledReason, WebhookMessage, WebhookState, WebhookSubscription
from calls.services.webhooks_out.claim import Claimed

logger = logging.getLogger(__name__)

# Seconds from one attempt to the next, a fifth more or less; the last one repeats until a day is over.
PAUSES = (5, 30, 120, 300, 900, 1_800, 3_600, 7_200, 14_400)
_JITTER = 0.2
GONE = 410
DISABLE_AFTER = timedelta(hours=24)

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


@transaction.atomic
def finish(*, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Note the outcome, and decide what becomes of the message and its subscription."""
    subscription = _lock(claimed)
    message = None if subscription is None else subscription.messages.filter(pk=claimed.message_id).first()
    if subscription is None or message is None:
        return  # deleted, with its attempts
    message.attempt_log.filter(pk=claimed.attempt_id).update(
        status=outcome.status,
        response=outcome.response,
        error=outcome.error,
        duration_ms=outcome.duration_ms,
    )
    if message.state != WebhookState.PENDING:
        return  # delivered by another attempt
    if outcome.is_success:
        _close(subscription, message, WebhookState.DELIVERED, now)
        if subscription.failing_since is not None:
            _rows(subscription).update(failing_since=None)
    elif message.lease == claimed.attempt_id:
        _failed(subscription, message, outcome, now)
        if not outcome.is_ours:
            _note_failure(subscription, outcome, now)


def disable(*, subscription: WebhookSubscription, reason: DisabledReason, now: datetime) -> None:
    """Send nothing more; what is pending waits until it is enabled again."""
    _rows(subscription).update(is_active=False, disabled_at=now, disabled_reason=reason)
    logger.warning("The webhook %s is disabled: %s", subscription.pk, reason.label)


def _failed(subscription: WebhookSubscription, message: WebhookMessage, outcome: Outcome, now: datetime) -> None:
    again_at = now + pause_after(message.attempts)
    if outcome.status == GONE or (message.give_up_at is not None and again_at > message.give_up_at):
        _close(subscription, message, WebhookState.DEAD, now)
        return
    subscription.messages.filter(pk=message.pk).update(next_attempt_at=again_at, lease=None, leased_until=None)


def pause_after(attempts: int) -> timedelta:
    """Grows with the number of attempts; never the same for two messages, so that they do not come all at once."""
    seconds = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return timedelta(seconds=seconds * _random.uniform(1 - _JITTER, 1 + _JITTER))


def _close(subscription: WebhookSubscription, message: WebhookMessage, state: WebhookState, now: datetime) -> None:
    subscription.messages.filter(pk=message.pk).update(state=state, finished_at=now, lease=None, leased_until=None)


def _note_failure(subscription: WebhookSubscription, outcome: Outcome, now: datetime) -> None:
    if outcome.status == GONE:
        disable(subscription=subscription, reason=DisabledReason.GONE, now=now)
    elif subscription.failing_since is None:
        _rows(subscription).update(failing_since=now)
    elif now - subscription.failing_since >= DISABLE_AFTER:
        disable(subscription=subscription, reason=DisabledReason.FAILING, now=now)


def _lock(claimed: Claimed) -> WebhookSubscription | None:
    subscriptions = WebhookSubscription.objects.of_organization(claimed.organization_id).defer("secrets")
    return subscriptions.filter(pk=claimed.subscription_id).select_for_update(of=("self",), no_key=True).first()


def _rows(subscription: WebhookSubscription) -> QuerySet[WebhookSubscription, WebhookSubscription]:
    """The row of a subscription, for changes of single columns."""
    return WebhookSubscription.objects.of_organization(subscription.organization_id).filter(pk=subscription.pk)
