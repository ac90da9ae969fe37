"""Deliveries as rows: written before anything is done with them."""

from __future__ import annotations

import logging
import math
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

# Bytes: of a refused body that is not kept whole; of the largest one that names no organization and is; of the unit in
# which whole ones are counted.
_BEGINNING, _LARGEST_OF_STRANGERS, _UNIT = 4 * 1024, 64 * 1024, 64 * 1024
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

    Anyone can send these, so rows and bytes have a limit an hour: one for each organization that deliveries name, and
    one for all that name none. Of a body that is over it, or large, the beginning is kept; of rows that are, nothing,
    and the log does not grow either.
    """
    is_named = check.named_organization_id is not None
    budget = f"refused:{check.named_organization_id or 'strangers'}"
    if not _has_room(f"{budget}:rows", 1, limit=settings.TETHER_REFUSED_DELIVERIES):
        return
    logger.warning("A delivery to %s is refused: %s", endpoint.path, check.verdict)
    delivery, size = _row(provider, endpoint, incoming), len(incoming.body)
    if size > _BEGINNING:
        units = math.ceil(size / _UNIT)
        largest = settings.TETHER_BODY_MAX_BYTES if is_named else _LARGEST_OF_STRANGERS
        if size > largest or not _has_room(f"{budget}:bytes", units, limit=settings.TETHER_REFUSED_BYTES // _UNIT):
            delivery.body = incoming.body[:_BEGINNING]
            delivery.error = f"Of the body of {size} bytes the first {_BEGINNING} were kept"
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


def _has_room(name: str, amount: int, *, limit: int) -> bool:
    """So much within any hour; nothing where it cannot be counted."""
    try:
        return take(name, amount=amount, limit=limit, window=timedelta(hours=1)).granted
    except LimitsUnavailable:
        return False


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
