"""Waiting for what another thread or process does, for as long as a busy machine may need.

No test measures time, and none fails because the machine is slow. What fails for another reason is not kept waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

# Seconds, for what takes a time-out: HTTP clients, sockets, threads, processes. pytest's own comes after it.
PATIENCE = 600.0
# What is looked at again and again has looks in place of seconds: on a busy machine each look takes longer as well.
_SECONDS_OF_LOOKS = 100


def wait_until(
    condition: Callable[[], object], *, what: str = "it", every: float = 0.01, log: Path | None = None
) -> None:
    """Returns as soon as the condition is true; raises AssertionError when `what` has not come after many looks.

    `every`: seconds from one look to the next. `log`: a file that is shown when it has not come.
    """
    for _ in range(round(_SECONDS_OF_LOOKS / every)):
        if condition():
            return
        time.sleep(every)
    raise AssertionError(f"{what} did not come" + (f":\n{log.read_text(errors='replace')}" if log else ""))
