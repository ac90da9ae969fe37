"""Requests and their answers, as they are kept: providers', clients', agents' tools', webhooks'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import QuerySet

from calls.models import (
    Delivery,
    IdempotentRequest,
    RefusedPush,
    ToolCall,
    WebhookAttempt,
    WebhookEvent,
    WebhookMessage,
)
from tether_calls.common.personal_data import Person, Place


def _deliveries(person: Person) -> QuerySet[Delivery]:
    return Delivery.objects.of_organization(person.organization_id)


def _is_of_delivery(person: Person, row: Delivery) -> bool:
    if row.call_id in person.traces.ids or row.provider_call_id in person.traces.ids:
        return True
    return person.traces.are_in(f"{row.url}\n{row.headers}\n{bytes(row.body).decode(errors='replace')}")


def _requests(person: Person) -> QuerySet[IdempotentRequest]:
    return IdempotentRequest.objects.of_organization(person.organization_id)


def _without_answer(person: Person, rows: Sequence[IdempotentRequest]) -> None:
    """Take the person's data out of the answers; the requests' keys stay, so that a repeated one dials nobody again."""
    for row in rows:
        row.answer = _scrubbed(person, row.answer)
        row.save(update_fields=["answer"])


def _scrubbed(person: Person, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _scrubbed(person, each) for name, each in value.items()}
    if isinstance(value, list):
        return [_scrubbed(person, each) for each in value]
    return "" if isinstance(value, str) and person.traces.names_person(value) else value


def _tool_calls(person: Person) -> QuerySet[ToolCall]:
    return ToolCall.objects.of_organization(person.organization_id)


def _refused(person: Person) -> QuerySet[RefusedPush]:
    return RefusedPush.objects.of_organization(person.organization_id)


def _webhooks(person: Person) -> QuerySet[WebhookMessage]:
    # wall: of the organization's subscriptions
    messages = WebhookMessage.objects.filter(subscription__organization_id=person.organization_id)
    # It has ids alone, and may be still to be told.
    return messages.exclude(event_type=WebhookEvent.CALL_ERASED)


def _attempts(person: Person) -> QuerySet[WebhookAttempt]:
    # wall: of the organization's subscriptions
    attempts = WebhookAttempt.objects.filter(message__subscription__organization_id=person.organization_id)
    return attempts.select_related("message")


REQUESTS: Final = (
    Place(
        name="deliveries",
        title="Providers' requests, as they came",
        model=Delivery,
        of=_deliveries,
        tells=_is_of_delivery,
        personal=("provider_call_id", "url", "headers", "body"),
        harmless={"words of providers and ours": ("endpoint", "provider", "kind", "verdict", "content_type", "error")},
        exported=("kind", "received_at"),
        calls=("call_id",),
        # Of what came before its call was known, such as what an agent asked for, this alone tells whose it is.
        conversation="provider_call_id",
        order=60,
        at_once=20,
    ),
    Place(
        name="idempotencyKeys",
        title="Answers to requests with an Idempotency-Key",
        model=IdempotentRequest,
        of=_requests,
        tells=lambda person, row: person.traces.names_person(f"{row.answer}"),
        personal=("answer",),
        harmless={
            "the client's word for its request, gone within a day or two": ("key",),
            "a digest of the request": ("digest",),
        },
        exported=("created_at",),
        erase=_without_answer,
        calls=("call_id",),
        order=60,
    ),
    Place(
        name="toolAnswers",
        title="Answers to agents' tools",
        model=ToolCall,
        of=_tool_calls,
        is_scanned=True,
        personal=("answer",),
        harmless={"a digest of the request": ("digest",), "the tool's name": ("tool",)},
        order=60,
    ),
    Place(
        name="refusedPushes",
        title="Calls that vendors pushed and that were refused",
        model=RefusedPush,
        of=_refused,
        is_scanned=True,
        personal=("external_call_id", "field"),
        harmless={"a code of ours": ("code",)},
        exported=("created_at",),
        order=60,
    ),
    Place(
        name="webhookAttempts",
        title="Answers of webhooks' receivers",
        model=WebhookAttempt,
        of=_attempts,
        is_scanned=True,
        personal=("response", "error"),
        exported=("started_at",),
        calls=("call_id",),
        order=60,
    ),
    Place(
        name="webhookMessages",
        title="Webhooks, sent and to be sent",
        model=WebhookMessage,
        of=_webhooks,
        is_scanned=True,
        personal=("call_id", "body"),
        harmless={"the type, and what must not be sent twice": ("event_type", "key")},
        exported=("event_type", "created_at"),
        calls=("call_id",),
        order=61,
    ),
)
