"""Times on the wire (ISO 8601, UTC, milliseconds and Z), and time zones by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# What fromisoformat takes beyond ISO 8601: any character between date and time, and NUL at the end.
_SHAPE = re.compile(
    r"(?P<date>[0-9W-]+)(?:[T ](?P<time>[0-9:]+)(?P<fraction>[.,][0-9]+)?(?P<zone>Z|[+-][0-9:.]+)?)?", re.IGNORECASE
)
# The end of a day as the 24th hour of it, and a second that the clocks of the world, or a rounding, put in.
_MIDNIGHT = re.compile(r"24(?::?00){0,2}")
_LEAP_SECOND = re.compile(r"(?P<before>[0-9]{2}:?[0-9]{2}:?)60")
# A plus that a query string has turned into a blank.
_LOST_PLUS = re.compile(r"(?<=[0-9]) (?=[0-9]{2}(?::?[0-9]{2})?$)")


def to_wire(moment: datetime) -> str:
    """`2026-05-15T09:10:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_wire(text: str, *, may_be_date: bool = True) -> datetime:
    """Read an ISO 8601 date-time; one without a zone is UTC, and a date is its first moment where it may be one.

    24:00 is the midnight at the end of its day, and second 60 the one before it. Raises ValueError.
    """
    match = _SHAPE.fullmatch(text)
    if match is None or (match["time"] is None and not may_be_date):
        raise ValueError("not ISO 8601")
    date, time, fraction, zone = (part or "" for part in match.group("date", "time", "fraction", "zone"))
    is_midnight = _MIDNIGHT.fullmatch(time) is not None and not fraction.strip(".,0")
    time = f"00{time[2:]}" if is_midnight else _LEAP_SECOND.sub(r"\g<before>59", time)
    moment = datetime.fromisoformat(f"{date}T{time}{fraction}{zone}".upper() if time else date.upper())
    try:
        moment += timedelta(days=is_midnight)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error


def from_query(text: str) -> datetime:
    """The same of a query string, where the plus of a zone may have become a blank. Raises ValueError."""
    text = text.strip()
    is_with_time = text.count(" ") > 1 or "T" in text.upper()
    return from_wire(_LOST_PLUS.sub("+", text) if is_with_time else text)


def zone_names() -> list[str]:
    """Those that `zone_named` knows, in the alphabet's order."""
    return sorted(_zone_names())


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA's time zone, such as `America/Toronto`; None for what is none, or unknown to this machine.

    Not what else a machine has among its files, such as `posixrules` and `localtime`: the database's may not have it.
    """
    return _zone(name) if name in _zone_names() else None


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime"})


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
