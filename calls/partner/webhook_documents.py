"""Webhooks as partners see them; the secret only when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from calls.documents.webhook_call import EventType
from calls.models import DisabledReason, WebhookSubscription
from calls.services.webhooks_out.subscriptions import Subscribed
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp

if TYPE_CHECKING:
    _Reason: TypeAlias = str
else:
    _Reason = Literal[tuple(DisabledReason.values)]


class PartnerWebhook(SnakeStruct):
    """A webhook; never its secret."""

    id: str
    name: str
    url: str
    subscribed_events: list[EventType]
    is_active: bool
    disabled_at: Timestamp | None
    disabled_reason: _Reason | None
    api_key_id: Annotated[
        str | None, msgspec.Meta(description="The key that made it, or changed it last; null: a user.")
    ]
    previous_secret_until: Annotated[
        Timestamp | None, msgspec.Meta(description="Until then the secret before signs as well.")
    ]
    created_at: Timestamp


class PartnerWebhookMade(PartnerWebhook):
    """A webhook with its new secret, which is shown this once."""

    secret: str


class PartnerWebhooksResponse(SnakeStruct):
    """All webhooks of the organization, newest first."""

    webhooks: list[PartnerWebhook]


class PartnerDoneResponse(SnakeStruct):
    success: bool


class PartnerTestResponse(PartnerDoneResponse):
    """A test is on its way."""

    message_id: Annotated[str, msgspec.Meta(description="Its `webhook-id`.")]


def webhook_document(webhook: WebhookSubscription) -> PartnerWebhook:
    return PartnerWebhook(
        id=webhook.pk,
        name=webhook.name,
        url=webhook.url,
        subscribed_events=webhook.subscribed_events,
        is_active=webhook.is_active,
        disabled_at=_or_null(webhook.disabled_at),
        disabled_reason=webhook.disabled_reason or None,
        api_key_id=webhook.api_key_id,
        previous_secret_until=_or_null(webhook.previous_secret_until),
        created_at=to_wire(webhook.created_at),
    )


def webhook_with_secret(made: Subscribed) -> PartnerWebhookMade:
    return PartnerWebhookMade(**msgspec.structs.asdict(webhook_document(made.subscription)), secret=made.secret)


def _or_null(moment: datetime | None) -> str | None:
    return None if moment is None else to_wire(moment)
