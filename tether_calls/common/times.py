"""Times on the wire (ISO 8601, UTC, milliseconds and Z), and time zones by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# What fromisoformat takes beyond ISO 8601: any character between date and time, and NUL at the end.
_SHAPE = re.compile(r"[0-9W-]+([T ][0-9:.,]+(Z|[+-][0-9:.]+)?)?", re.IGNORECASE)


def to_wire(moment: datetime) -> str:
    """`2026-05-15T09:10:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_wire(text: str) -> datetime:
    """Read an ISO 8601 date-time; one without a zone is UTC. Raises ValueError."""
    if _SHAPE.fullmatch(text) is None:
        raise ValueError("not ISO 8601")
    moment = datetime.fromisoformat(text.upper())
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


@cache
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA's time zone, such as `America/Toronto`; None for what is none, or unknown to this machine."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
