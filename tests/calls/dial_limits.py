"""How many dials there may be, and enough numbers for them."""

from __future__ import annotations

from typing import Any

# Each answers when it is called.
PEOPLE = [f"+12025551{n:02}0" for n in range(10, 100)]


def limit_dials(settings: Any, *, minute: int = 100, hour: int = 100, day: int = 100) -> None:
    """So many of a user within a minute, of an organization within an hour and within a day."""
    settings.TETHER_DIALS_PER_USER_MINUTE = minute
    settings.TETHER_DIALS_PER_ORGANIZATION_HOUR = hour
    settings.TETHER_DIALS_PER_ORGANIZATION_DAY = day
