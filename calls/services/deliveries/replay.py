"""Kept deliveries are processed once more: those that an operator names, or those whose pause is over."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from calls.models import Delivery
from calls.models.delivery import DeliveryState
from calls.selectors.deliveries.due import deliveries_due
from calls.services.deliveries.receive import replay_delivery
from tether_calls.background.jobs import until_stopping
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

_AT_A_TIME = 200


@dataclass
class Replays:
    """What became of the deliveries, by their state afterwards, and the ids of those that failed or are invalid."""

    states: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.states.values())


def replay_deliveries(*, delivery_ids: list[str], progress: Callable[[list[str]], Iterable[str]] = iter) -> Replays:
    """Process deliveries once more, in the order given, one body in memory at a time; a failure stops no other one.

    `progress` iterates over the ids, and may show how far it is.
    """
    replays = Replays()
    for delivery_id in until_stopping(progress(delivery_ids)):
        state = _replayed(delivery_id)
        if state is None:
            continue  # deleted since
        replays.states[state] += 1
        if state in (DeliveryState.FAILED, DeliveryState.INVALID):
            replays.failed.append(delivery_id)
    return replays


def retry_deliveries(*, limit: int = _AT_A_TIME) -> Replays:
    """Process those again that failed, wait, or were left by a process that died: with growing pauses, ten times.

    For a periodic task, every minute or so; two at once are harmless.
    """
    return replay_deliveries(delivery_ids=deliveries_due(now=timezone.now(), limit=limit))


def _replayed(delivery_id: str) -> str | None:
    """The state afterwards; None where there is none."""
    try:
        replay_delivery(delivery_id=delivery_id)
    except Delivery.DoesNotExist:
        return None
    except Exception as error:
        if isinstance(error, TetherError) and error.code is ErrorCode.INVALID_SIGNATURE:
            return _refused(delivery_id)
        if isinstance(error, TetherError):
            logger.warning("Delivery %s failed again: %s", delivery_id, error.code)
        else:
            logger.exception("Delivery %s failed again", delivery_id)
        return DeliveryState.INVALID if _state(delivery_id) == DeliveryState.INVALID else DeliveryState.FAILED
    return _state(delivery_id)


def _refused(delivery_id: str) -> str | None:
    """It is refused again: an attempt that is counted nowhere else."""
    # wall: a refused delivery has no organization
    Delivery.objects.filter(pk=delivery_id).update(attempts=F("attempts") + 1, processed_at=timezone.now())
    return _state(delivery_id)


def _state(delivery_id: str) -> str | None:
    # wall: a refused delivery has no organization
    return Delivery.objects.filter(pk=delivery_id).values_list("state", flat=True).first()
