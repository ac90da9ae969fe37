"""A partner's receiver, a subscription that leads to it, and calls for it to hear of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from standardwebhooks import Webhook

from calls.events import call_event
from calls.models import Call, WebhookAttempt, WebhookEvent, WebhookMessage, WebhookSubscription
from calls.services.webhooks_out.deliver import deliver_webhooks
from calls.services.webhooks_out.subscriptions import Subscribed, change_subscription, subscribe
from tests.factories import make_call
from tests.http_targets import SeenRequest, TargetServer, answer
from tether_calls.accounts.models import User
from tether_calls.realtime.events import Event, EventName, publish

HOOK = "/hook"
OK = answer(b"thanks")


class Receiver:
    """A server on this machine that answers every webhook as it was told to."""

    def __init__(self, server: TargetServer) -> None:
        self.server = server

    @property
    def url(self) -> str:
        return self.server.url(HOOK)

    def answers(self, told: Any) -> None:
        self.server.routes[HOOK] = told

    @property
    def requests(self) -> list[SeenRequest]:
        return self.server.requests

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def heard(self) -> list[str]:
        """Types of events, in the order of their coming."""
        return [body["event_type"] for body in self.bodies]

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]


class Clock:
    """The time that a run believes it is: ours, moved forward."""

    def __init__(self) -> None:
        self._moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._moved

    def forward(self, **by: float) -> None:
        self._moved += timedelta(**by)

    def until(self, at: datetime) -> None:
        self._moved += at - self()


def subscribed(user: User, url: str, *events: str) -> Subscribed:
    return subscribe(
        organization_id=user.home_id,
        name="CRM",
        url=url,
        subscribed_events=events or WebhookEvent.values,
        by=user,
    )


def switch(subscription: WebhookSubscription, *, is_active: bool, by: User) -> None:
    change_subscription(
        organization_id=by.home_id, subscription_id=subscription.pk, changes={"is_active": is_active}, by=by
    )


def happens(call: Call, *names: str) -> None:
    """The events of a call, each in a transaction of its own."""
    for name in names:
        event = Event(EventName(name), {}) if name == "call_content_changed" else call_event(EventName(name), call)
        with transaction.atomic():
            publish(organization_id=call.organization_id, call_id=call.pk, events=[event])


def ended_call(user: User, **fields: Any) -> Call:
    """A call that is over, with the event that says so."""
    call = make_call(user, **fields)
    happens(call, "call_ended")
    return call


@dataclass(frozen=True)
class Attempts:
    """Of one run: those that ended well, and others."""

    delivered: int
    failed: int


def run(clock: Clock) -> Attempts:
    """A run of the job, and which attempts ended in it."""
    before = set(_ended().values_list("pk", flat=True))
    deliver_webhooks(now=clock)
    statuses = _ended().exclude(pk__in=before).values_list("status", flat=True)
    are_successes = [status is not None and 200 <= status < 300 for status in statuses]
    return Attempts(delivered=are_successes.count(True), failed=are_successes.count(False))


def _ended() -> QuerySet[WebhookAttempt]:
    return WebhookAttempt.objects.exclude(status=None, error="")


def verified(secret: str, request: SeenRequest) -> Any:
    """The body as a receiver gets it that checks signatures; raises where one is wrong."""
    return Webhook(secret).verify(request.body, request.headers)


def the_message() -> WebhookMessage:
    return WebhookMessage.objects.get()


def the_subscription() -> WebhookSubscription:
    return WebhookSubscription.objects.get()
