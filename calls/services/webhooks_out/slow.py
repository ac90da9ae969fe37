"""Receivers that take their time, or fail: together they have half of the senders, however many they are.

Those of which nothing is known yet have the other half but for one sender, which is left to those that are quick.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from threading import Lock

from calls.models import WebhookSubscription

_MOST_REMEMBERED = 1_000


class Standing(Enum):
    """What is known of a receiver, from what it was last sent."""

    SLOW = auto()
    NEW = auto()
    QUICK = auto()


@dataclass(frozen=True)
class Slow:
    """Subscriptions that were slow, or quick, when they were last sent something, and how many messages of all slow and
    failing ones, `room`, and of all new ones, `room_of_new`, may be claimed. Without `quick_ids` nobody is new.
    """

    subscription_ids: Collection[str] = ()
    room: int = sys.maxsize
    quick_ids: Collection[str] | None = None
    room_of_new: int = sys.maxsize

    def of(self, subscription_id: str, failing_since: datetime | None) -> Standing:
        if failing_since is not None or subscription_id in self.subscription_ids:
            return Standing.SLOW
        is_new = self.quick_ids is not None and subscription_id not in self.quick_ids
        return Standing.NEW if is_new else Standing.QUICK

    @property
    def rooms(self) -> dict[Standing, int]:
        return {Standing.SLOW: self.room, Standing.NEW: self.room_of_new, Standing.QUICK: sys.maxsize}

    def with_room(self, free: Mapping[str, int], subscriptions: Sequence[WebhookSubscription]) -> dict[str, int]:
        """How many messages each subscription may have more, of slow and new ones no more than there is room for."""
        rooms, found = self.rooms, dict(free)
        for each in subscriptions:
            standing = self.of(each.pk, each.failing_since)
            found[each.pk] = max(0, min(found[each.pk], rooms[standing]))
            rooms[standing] -= found[each.pk]
        return found


ANY_NUMBER = Slow()


class Receivers:
    """The ids of the last subscriptions that were slow, or quick: for longer than a run, which begins every minute."""

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
