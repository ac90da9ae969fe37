"""Wakes who follows an organization's log: at once, and then no more often than they read."""

from __future__ import annotations

import os
import threading
import time

from tether_calls.realtime import dispatch

# Handing a wake to the channel layer costs the sender as much as a statement; under load one in so long is enough.
PAUSE_SECONDS = 0.05
# Organizations of which it is known when they were woken; more are forgotten.
_MANY = 10_000

_lock = threading.Lock()
# By organization: when its followers were last woken, or will be.
_woken_at: dict[str, float] = {}


def group_of(organization_id: str) -> str:
    """The channel group of an organization's followers; what is sent there says nothing but: look into the log."""
    return f"log.{organization_id}"


def wake_followers(organization_id: str) -> None:
    """Have followers look into the log after now. Never waits; what cannot be sent is logged, and they look anyway."""
    now = time.monotonic()
    with _lock:
        woken_at = _woken_at.get(organization_id, float("-inf"))
        if woken_at > now:
            # They will be, and by then they see what is there now.
            return
        if len(_woken_at) >= _MANY:
            _woken_at.clear()
        due = _woken_at[organization_id] = max(now, woken_at + PAUSE_SECONDS)
    dispatch.send_to_group(group_of(organization_id), {"type": "events"}, delay=due - now)


os.register_at_fork(after_in_child=_woken_at.clear)
