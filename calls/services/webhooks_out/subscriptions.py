"""Subscriptions to webhooks: made, ended, enabled again; and a message that is to be sent once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls.models import (
    DisabledReason,
    WebhookEvent,
    WebhookMessage,
    WebhookState,
    WebhookSubscription,
)
from calls.services.webhooks_out.deliver import webhook_limits
from calls.services.webhooks_out.fan_out import ensure_cursor
from calls.services.webhooks_out.finish import disable
from tether_calls.accounts.models import Organization, User
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.http import FetchError, check
from tether_calls.common.standard_webhooks import new_webhook_secret
from tether_calls.common.transactions import delete_until_done

MAX_SUBSCRIPTIONS = 20


@dataclass(frozen=True)
class Subscribed:
    """A new subscription, and its secret, which is shown only now."""

    subscription: WebhookSubscription
    secret: str


def subscribe(
    *, organization_id: str, name: str, url: str, subscribed_events: Sequence[str], created_by: User | None
) -> Subscribed:
    """Have events of the organization's calls sent to a URL from now on. Raises VALIDATION_ERROR, TOO_MANY_WEBHOOKS."""
    details = [*_faults_of_url(url), *_faults_of_events(subscribed_events)]
    if details:
        raise TetherError.of_fields(details)
    secret = new_webhook_secret()
    secrets: Any = {"signing": secret}
    subscription = WebhookSubscription(
        organization_id=organization_id,
        name=name,
        url=url,
        subscribed_events=sorted(set(subscribed_events)),
        secrets=secrets,
        created_by=created_by,
    )
    with transaction.atomic():
        # One after the other, so that each counts those before it; calls of the organization do not wait for this.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        if WebhookSubscription.objects.of_organization(organization_id).count() >= MAX_SUBSCRIPTIONS:
            raise TetherError(ErrorCode.TOO_MANY_WEBHOOKS)
        ensure_cursor()
        subscription.save(force_insert=True)
    return Subscribed(subscription, secret)


def unsubscribe(*, organization_id: str, subscription_id: str) -> None:
    """Delete a subscription with its messages; what is under way is sent still. Raises WEBHOOK_NOT_FOUND."""
    subscriptions = WebhookSubscription.objects.of_organization(organization_id).defer("secrets")
    subscription = subscriptions.get_or_refuse(ErrorCode.WEBHOOK_NOT_FOUND, pk=subscription_id)
    delete_until_done(lambda: subscriptions.filter(pk=subscription.pk).delete())


def disable_subscription(*, subscription: WebhookSubscription) -> None:
    """Send nothing more to a subscription."""
    disable(subscription=subscription, reason=DisabledReason.BY_HAND, now=timezone.now())


@transaction.atomic
def enable_subscription(*, subscription: WebhookSubscription) -> None:
    """Send again, what was left pending first; each of it gets a whole day once more."""
    now = timezone.now()
    subscriptions = WebhookSubscription.objects.of_organization(subscription.organization_id)
    subscriptions.filter(pk=subscription.pk).update(
        is_active=True, disabled_at=None, disabled_reason="", failing_since=None
    )
    subscription.messages.filter(state=WebhookState.PENDING).update(next_attempt_at=now, give_up_at=None)


def send_again(*, message: WebhookMessage) -> bool:
    """Have a message sent once more, with the same id; False where its subscription is disabled."""
    subscription = message.subscription
    subscriptions = WebhookSubscription.objects.of_organization(subscription.organization_id)
    if not subscriptions.filter(pk=subscription.pk, is_active=True).exists():
        return False
    now = timezone.now()
    subscription.messages.filter(pk=message.pk).update(
        state=WebhookState.PENDING, next_attempt_at=now, give_up_at=None, finished_at=None
    )
    return True


def faults_of_url(url: str) -> list[str]:
    """Why this is no address for webhooks; names are looked up, and checked again, when something is sent."""
    return [fault.message for fault in _faults_of_url(url)]


def _faults_of_url(url: str) -> list[Detail]:
    try:
        target = check(url, webhook_limits())
    except FetchError as error:
        return [Detail("url", str(error))]
    if target.scheme != "https" and not target.exempt:
        return [Detail("url", "The URL must begin with https://")]
    return []


def _faults_of_events(names: Sequence[str]) -> list[Detail]:
    if not names:
        return [Detail("subscribed_events", "Name one event or more")]
    return [
        Detail(f"subscribed_events[{position}]", f"Not one of {', '.join(WebhookEvent.values)}")
        for position, name in enumerate(names)
        if name not in WebhookEvent.values
    ]
