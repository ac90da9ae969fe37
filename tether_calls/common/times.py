"""Times on the wire (ISO 8601, UTC, milliseconds and Z), and time zones by name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
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


# How far a clock of the world has ever been from UTC, by the IANA's database.
_FARTHEST_CLOCK = timedelta(hours=16)


def has_time_everywhere(moment: datetime) -> bool:
    """Whether each clock of the world has a time for it.

    At the two ends of the calendar, such as 9999-12-31T23:59:59Z, some have none; and what is kept is shown by the
    clock of whoever looks at it.
    """
    try:
        return moment - _FARTHEST_CLOCK < moment < moment + _FARTHEST_CLOCK
    except OverflowError:
        return False


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


class Unclear(StrEnum):
    """Why a date-time is no moment."""

    NO_TIME = "Not a date and time in ISO 8601, such as 2026-05-15T15:00:00-04:00"
    NO_ZONE = "Says of no time zone: it needs an offset, as in 2026-05-15T15:00:00-04:00, or a time zone"
    TWICE = "Comes twice in this time zone, where the clock is set back: it needs an offset"
    NEVER = "Does not exist in this time zone, where the clock is set forward"


class UnclearMoment(ValueError):
    """A date-time that is no moment, or more than one."""

    def __init__(self, why: Unclear) -> None:
        self.why = why
        super().__init__(str(why))


def moment_by_clock(text: str, zone: ZoneInfo | None) -> datetime:
    """Read an ISO 8601 date-time; one without an offset is what the clock on the wall shows in the zone.

    Raises UnclearMoment, also for what comes twice there, or never.
    """
    text = text.strip()
    match = _SHAPE.fullmatch(text)
    try:
        moment = from_wire(text, may_be_date=False)
    except ValueError:
        raise UnclearMoment(Unclear.NO_TIME) from None
    if match is not None and match["zone"]:
        return moment
    if zone is None:
        raise UnclearMoment(Unclear.NO_ZONE)
    shown = moment.replace(tzinfo=None)
    early, late = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    try:
        read = early.astimezone(UTC)
        if early.utcoffset() == late.utcoffset():
            return read
        comes_twice = read.astimezone(zone).replace(tzinfo=None) == shown
    except OverflowError:
        raise UnclearMoment(Unclear.NO_TIME) from None
    raise UnclearMoment(Unclear.TWICE if comes_twice else Unclear.NEVER)


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
