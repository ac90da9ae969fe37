"""How long a fetch may take and how large it may get."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class FetchLimits:
    """How long (seconds) and large (bytes) a fetch may get; which "host" or "host:port" may be private."""

    connect_seconds: float
    read_seconds: float
    total_seconds: float
    max_bytes: int
    exempt_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clock:
    """Counts down the total deadline; `left` raises TimeoutError when it is over."""

    ends: float
    limits: FetchLimits

    @classmethod
    def started(cls, limits: FetchLimits) -> Self:
        """One whose time begins now."""
        return cls(ends=time.monotonic() + limits.total_seconds, limits=limits)

    def left(self, at_most: float) -> float:
        remaining = self.ends - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return min(at_most, remaining)
