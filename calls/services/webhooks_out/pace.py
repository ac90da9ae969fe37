"""How many webhooks of one subscription a run has under way: few of each, more of those that answer well."""

from __future__ import annotations

from collections import Counter

from calls.services.webhooks_out.claim import Claimed
from calls.services.webhooks_out.finish import Outcome
from calls.services.webhooks_out.slow import Slow, SlowReceivers

# An answer that took longer earns nothing: senders are there for whoever is quick.
QUICK_MS = 1_000
_slow_ones = SlowReceivers()


class Pace:
    """Of one run. Each quick success earns a subscription one more at a time, anything else takes all of them away.

    All of them together are half of the senders at most: when receivers that were quick begin to stall, the other half
    goes on serving everybody else.
    """

    def __init__(self, *, senders: int) -> None:
        self._at_most = senders // 2
        self._under_way: Counter[str] = Counter()
        self.more: Counter[str] = Counter()

    def begins(self, claimed: Claimed) -> None:
        self._under_way[claimed.subscription_id] += 1
        if claimed.is_failing:
            _slow_ones.add(claimed.subscription_id)

    def ended(self, claimed: Claimed, outcome: Outcome) -> None:
        subscription_id = claimed.subscription_id
        self._under_way[subscription_id] -= 1
        if not (outcome.is_success and outcome.duration_ms < QUICK_MS):
            del self.more[subscription_id]
            _slow_ones.add(subscription_id)
            return
        _slow_ones.remove(subscription_id)
        if self.more.total() < self._at_most:
            self.more[subscription_id] += 1

    def forget_idle(self) -> None:
        """What a subscription has earned and has no use for, others may earn."""
        self._under_way = +self._under_way
        self.more = Counter({each: more for each, more in self.more.items() if each in self._under_way})

    @property
    def slow(self) -> Slow:
        """Who is slow, and how many more of their messages may be under way."""
        slow = _slow_ones.ids()
        under_way = sum(count for each, count in self._under_way.items() if each in slow)
        return Slow(slow, room=max(1, self._at_most) - under_way)

    @property
    def under_way(self) -> int:
        return self._under_way.total()
