"""Waiting for what another thread or process does, for as long as a busy machine may need."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(
    condition: Callable[[], object], *, what: str = "it", seconds: float = PATIENCE_SECONDS, every: float = 0.01
) -> None:
    """Returns as soon as the condition is true; raises AssertionError when it has not become so in time.

    `what` is waited for, and looked at `every` so many seconds.
    """
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"{what} did not come within {seconds} s"
        time.sleep(every)
