"""Wakes who follows an organization's log, or reads along in its calls: at once, then no more often than they read."""

from __future__ import annotations

import os
import threading
import time

from tether_calls.realtime import dispatch

# Handing a wake to the channel layer costs the sender as much as a statement; under load one in so long is enough.
PAUSE_SECONDS = 0.05
# Groups of which it is known when they were woken; more are forgotten.
_MANY = 10_000

_lock = threading.Lock()
# By group: when it was last woken, or will be.
_woken_at: dict[str, float] = {}


def group_of(organization_id: str) -> str:
    """The channel group of an organization's followers; what is sent there says nothing but: look into the log."""
    return f"log.{organization_id}"


def watchers_of(organization_id: str) -> str:
    """The channel group of those who read along in the organization's calls; it says as little: look for turns."""
    return f"turns.{organization_id}"


def wake_followers(organization_id: str) -> None:
    """Have followers look into the log after now. Never waits; what cannot be sent is logged, and they look anyway."""
    _wake(group_of(organization_id), "events")


def wake_watchers(organization_id: str) -> None:
    """The same for those who read along: something has been said in a running call of the organization, or it ended."""
    _wake(watchers_of(organization_id), "turns")


def _wake(group: str, kind: str) -> None:
    now = time.monotonic()
    with _lock:
        woken_at = _woken_at.get(group, float("-inf"))
        if woken_at > now:
            # They will be, and by then they see what is there now.
            return
        if len(_woken_at) >= _MANY:
            _woken_at.clear()
        due = _woken_at[group] = max(now, woken_at + PAUSE_SECONDS)
    dispatch.send_to_group(group, {"type": kind}, delay=due - now)


os.register_at_fork(after_in_child=_woken_at.clear)
