"""Receivers that take their time, or fail: together they have half of the senders, however many they are.

The other half is for those that are quick, and for those of which nothing is known yet.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from calls.models import WebhookSubscription

_MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class Slow:
    """Subscriptions that were slow when they were last sent something, and how many messages of all slow and failing
    ones, `room`, may be claimed.
    """

    subscription_ids: Collection[str] = ()
    room: int = sys.maxsize

    def of(self, subscription_id: str, failing_since: datetime | None) -> bool:
        return failing_since is not None or subscription_id in self.subscription_ids

    def with_room(self, free: Mapping[str, int], subscriptions: Sequence[WebhookSubscription]) -> dict[str, int]:
        """How many messages each subscription may have more, of the slow ones no more than there is room for."""
        room, found = self.room, dict(free)
        for each in subscriptions:
            if self.of(each.pk, each.failing_since):
                found[each.pk] = max(0, min(found[each.pk], room))
                room -= found[each.pk]
        return found


ANY_NUMBER = Slow()


class SlowReceivers:
    """The ids of the last subscriptions that were slow: for longer than a run, which begins anew every minute."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._lock = Lock()

    def add(self, subscription_id: str) -> None:
        with self._lock:
            self._ids.pop(subscription_id, None)
            self._ids[subscription_id] = None
            if len(self._ids) > _MOST_REMEMBERED:
                del self._ids[next(iter(self._ids))]

    def remove(self, subscription_id: str) -> None:
        with self._lock:
            self._ids.pop(subscription_id, None)

    def ids(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._ids)
