"""Hours of a zone's clock: which one a moment is in, and how a day's are kept with what is added up of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo

import msgspec

from tether_calls.common.days import begin_of_day, within_days

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
# Calls, microseconds, cost.
HourSums = tuple[int, int, int]
_NOTHING: HourSums = (0, 0, 0)


def hour_of(moment: datetime, zone: tzinfo) -> datetime:
    """When the hour began that the clock shows; of one that it shows twice, the one that the moment is in."""
    shown = within_days(moment).astimezone(zone)
    since = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
    begun = shown.astimezone(UTC) - since
    # Clocks that are changed by half an hour are so within an hour.
    while begun.astimezone(zone).utcoffset() != shown.utcoffset():
        begun += _MINUTE
    return begun.astimezone(zone)


def first_hour_from(moment: datetime, zone: tzinfo) -> datetime:
    """When the first hour began, or will, that begins then or later."""
    hour = hour_of(moment, zone)
    # In UTC: an hour later on the clock may be two hours later, or a time that it never shows.
    begun = hour.astimezone(UTC)
    return hour if begun >= moment else hour_of(begun + _HOUR, zone)


def hour_of_week(hour: datetime) -> int:
    """0 is the first hour of Monday, by the clock."""
    return hour.weekday() * 24 + hour.hour


def minutes_into(day: date, moment: datetime, zone: tzinfo) -> int:
    """How long after the day the hour of the moment began: under this number it is kept."""
    return (hour_of(moment, zone) - begin_of_day(day, zone)) // _MINUTE


def as_text(hours: Mapping[int, HourSums]) -> str:
    """As it is kept; hours without anything are left out."""
    kept = {number: sums for number, sums in hours.items() if any(sums)}
    return msgspec.json.encode(kept).decode() if kept else ""


def from_text(text: str) -> dict[int, HourSums]:
    return msgspec.json.decode(text, type=dict[int, HourSums]) if text else {}


def add_hours(to: dict[int, HourSums], more: Mapping[int, HourSums]) -> None:
    for number, (calls, microseconds, cost) in more.items():
        before = to.get(number, _NOTHING)
        to[number] = (before[0] + calls, before[1] + microseconds, before[2] + cost)


def hours_of_day(of_day: Mapping[int, HourSums], day: date, zone: tzinfo) -> Iterator[tuple[datetime, HourSums]]:
    begin = begin_of_day(day, zone)
    for minutes, sums in of_day.items():
        yield (begin + minutes * _MINUTE).astimezone(zone), sums
