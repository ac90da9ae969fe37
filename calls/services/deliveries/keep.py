"""Deliveries as rows: written before anything is done with them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings

from calls.models import Delivery, VoiceAccount
from calls.models.delivery import DeliveryState
from calls.providers.base import Provider
from calls.providers.endpoint import Endpoint, Incoming
from calls.providers.verdicts import Verdict
from calls.services.deliveries.verify_sender import SenderCheck
from tether_calls.common.rate_limits import LimitsUnavailable, take
from tether_calls.common.statements import insert

logger = logging.getLogger(__name__)

_COLUMNS = {field.name: field.max_length for field in Delivery._meta.fields if getattr(field, "max_length", None)}


def keep_verified(
    *, provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming, account: VoiceAccount
) -> Delivery:
    """The row of a delivery that is going to be processed. One statement, committed before that."""
    delivery = _row(provider, endpoint, incoming)
    delivery.organization_id = account.organization_id
    delivery.verdict = Verdict.VALID
    insert(delivery)
    return delivery


def keep_refused(*, provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming, check: SenderCheck) -> None:
    """The row of a delivery that is not verified, so that a mistyped secret can be found.

    Anyone can send these: large ones are kept without their body, and only so many an hour at all.
    """
    logger.warning("A delivery to %s is refused: %s", endpoint.path, check.verdict)
    if not _has_room():
        return
    delivery = _row(provider, endpoint, incoming)
    if len(incoming.body) > settings.TETHER_BODY_MAX_BYTES:
        delivery.body, delivery.error = b"", f"The body of {len(incoming.body)} bytes was not kept"
    delivery.organization_id = check.account.organization_id if check.account else None
    delivery.verdict, delivery.state = check.verdict, DeliveryState.REFUSED
    insert(delivery)


def _row(provider: Provider[Any], endpoint: Endpoint[Any], incoming: Incoming) -> Delivery:
    kept = {header: value for header in endpoint.signed_headers if (value := incoming.headers.get(header))}
    return Delivery(
        endpoint=endpoint.path,
        provider=provider.name,
        url=_cut("url", incoming.url),
        content_type=_cut("content_type", incoming.content_type),
        headers={header: value[:1000] for header, value in kept.items()},
        body=incoming.body,
        received_at=incoming.received_at,
    )


def _cut(column: str, text: str) -> str:
    return text.replace("\0", "")[: _COLUMNS[column]]


def _has_room() -> bool:
    """So many within any hour; none where they cannot be counted."""
    try:
        room = take("refused-deliveries", limit=settings.TETHER_REFUSED_DELIVERIES, window=timedelta(hours=1))
    except LimitsUnavailable:
        return False
    return room.granted


def incoming_of(delivery: Delivery) -> Incoming:
    """The request as it was when it came, apart from what was not to be kept."""
    return Incoming(
        url=delivery.url,
        content_type=delivery.content_type,
        headers=delivery.headers,
        body=bytes(delivery.body),
        received_at=delivery.received_at,
        authorization=delivery.headers.get("authorization"),
    )
