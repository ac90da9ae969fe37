"""Subscriptions to webhooks: made, changed, ended; and a message that is to be sent once more.

Each is done `by` a user, or by the API key of a system: `owners` says who may, and whose it is then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

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
from calls.services.webhooks_out.owners import key_held, require_manager, require_reader, require_teller
from tether_calls.accounts.acting import actor_of_user
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.http import FetchError, check
from tether_calls.common.standard_webhooks import new_webhook_secret
from tether_calls.common.transactions import delete_until_done
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed
from tether_calls.trails.services.note_access import note_access

MAX_SUBSCRIPTIONS = 20


@dataclass(frozen=True)
class Subscribed:
    """A subscription, and its new secret, which is shown only now."""

    subscription: WebhookSubscription
    secret: str


class SubscriptionChanges(TypedDict, total=False):
    """What is to become different; `is_active` disables, and enables again."""

    name: str
    url: str
    subscribed_events: Sequence[str]
    is_active: bool


def subscribe(
    *, organization_id: str, name: str, url: str, subscribed_events: Sequence[str], by: User | ApiKey
) -> Subscribed:
    """Have events of the organization's calls sent to a URL from now on.

    Raises FORBIDDEN, VALIDATION_ERROR, TOO_MANY_WEBHOOKS, UNAUTHORIZED where the key is being revoked.
    """
    require_teller(by)
    require_reader(by, subscribed_events)
    _refuse_faults({"url": url, "subscribed_events": subscribed_events})
    secret = new_webhook_secret()
    secrets: Any = {"signing": secret}
    subscription = WebhookSubscription(
        organization_id=organization_id,
        name=name,
        url=url,
        subscribed_events=sorted(set(subscribed_events)),
        secrets=secrets,
        created_by=by if isinstance(by, User) else by.user,
    )
    with transaction.atomic():
        take_turns(organization_id)
        if WebhookSubscription.objects.of_organization(organization_id).count() >= MAX_SUBSCRIPTIONS:
            raise TetherError(ErrorCode.TOO_MANY_WEBHOOKS)
        subscription.api_key = key_held(by)
        ensure_cursor()
        subscription.save(force_insert=True)
    return Subscribed(subscription, secret)


def change_subscription(
    *, organization_id: str, subscription_id: str, changes: SubscriptionChanges, by: User | ApiKey
) -> WebhookSubscription:
    """Change what is given. Whoever does it answers for the webhook from then on, unless it is only disabled.

    What is pending goes to the new address; enabled again, it is sent first, and gets a whole day once more.
    Raises FORBIDDEN, VALIDATION_ERROR, WEBHOOK_NOT_FOUND, UNAUTHORIZED where the key is being revoked.
    """
    only_ends = changes.keys() <= {"is_active"} and not changes.get("is_active")
    if only_ends:
        require_manager(by)
    else:
        require_teller(by)
    _refuse_faults(changes)
    now = timezone.now()
    with transaction.atomic():
        owner = {} if only_ends else {"api_key": key_held(by)}
        subscription = locked_subscription(organization_id, subscription_id)
        if not only_ends:
            # Also of what it has told so far: another address would hear of what is pending.
            require_reader(by, [*subscription.subscribed_events, *changes.get("subscribed_events", ())])
        values = {**_columns(subscription, changes, now), **owner}
        if values:
            WebhookSubscription.objects.of_organization(organization_id).filter(pk=subscription.pk).update(**values)
        if values.get("is_active"):
            subscription.messages.filter(state=WebhookState.PENDING).update(next_attempt_at=now, give_up_at=None)
    for name, value in values.items():
        setattr(subscription, name, value)
    return subscription


def take_over(*, organization_id: str, subscription_id: str, by: User) -> None:
    """Have a webhook go on without the API key that made it. Raises FORBIDDEN."""
    require_manager(by)
    subscriptions = WebhookSubscription.objects.of_organization(organization_id)
    subscriptions.filter(pk=subscription_id).update(api_key=None)


def unsubscribe(*, organization_id: str, subscription_id: str, by: User | ApiKey) -> None:
    """Delete a subscription with its messages; what is under way is sent still. Raises FORBIDDEN, WEBHOOK_NOT_FOUND."""
    require_manager(by)
    subscriptions = WebhookSubscription.objects.of_organization(organization_id).defer("secrets")
    subscription = subscriptions.get_or_refuse(ErrorCode.WEBHOOK_NOT_FOUND, pk=subscription_id)
    delete_until_done(lambda: subscriptions.filter(pk=subscription.pk).delete())


@transaction.atomic
def send_again(*, message: WebhookMessage, by: User, ip: str = "", reason: str = "") -> bool:
    """Have a message sent once more, with the same id; False where its subscription is disabled.

    That a transcript goes out again is in the access log, with who has it sent, and why. Raises REASON_REQUIRED.
    """
    subscription = message.subscription
    subscriptions = WebhookSubscription.objects.of_organization(subscription.organization_id)
    if not subscriptions.filter(pk=subscription.pk, is_active=True).exists():
        return False
    if message.has_transcript:
        note_access(
            organization_id=subscription.organization_id,
            actor=actor_of_user(by, ip=ip, reason=reason),
            accessed=[Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=message.call_id)],
        )
    now = timezone.now()
    subscription.messages.filter(pk=message.pk).update(
        state=WebhookState.PENDING, next_attempt_at=now, give_up_at=None, finished_at=None
    )
    return True


def locked_subscription(organization_id: str, subscription_id: str) -> WebhookSubscription:
    """One of the organization's, without its secrets, held until the transaction ends. Raises WEBHOOK_NOT_FOUND."""
    subscriptions = WebhookSubscription.objects.of_organization(organization_id).defer("secrets")
    held = subscriptions.select_for_update(no_key=True)
    return held.get_or_refuse(ErrorCode.WEBHOOK_NOT_FOUND, pk=subscription_id)


def faults_of_url(url: str) -> list[str]:
    """Why this is no address for webhooks; names are looked up, and checked again, when something is sent."""
    return [fault.message for fault in _faults_of_url(url)]


def _columns(subscription: WebhookSubscription, changes: SubscriptionChanges, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in changes.items() if name in ("name", "url")}
    if "subscribed_events" in changes:
        values["subscribed_events"] = sorted(set(changes["subscribed_events"]))
    if changes.get("url", subscription.url) != subscription.url:
        # The failures were another receiver's.
        values["failing_since"] = None
    is_active = changes.get("is_active", subscription.is_active)
    if is_active and not subscription.is_active:
        values |= {"is_active": True, "disabled_at": None, "disabled_reason": "", "failing_since": None}
    elif subscription.is_active and not is_active:
        values |= {"is_active": False, "disabled_at": now, "disabled_reason": DisabledReason.BY_HAND}
    return values


def _refuse_faults(values: Mapping[str, Any]) -> None:
    details: list[Detail] = []
    if "url" in values:
        details += _faults_of_url(values["url"])
    if "subscribed_events" in values:
        details += _faults_of_events(values["subscribed_events"])
    if details:
        raise TetherError.of_fields(details)


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
