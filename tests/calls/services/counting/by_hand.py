"""Calls counted one by one, in Python: what the counts have to be the same as."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from calls.models import Call
from calls.selectors.counting.sources import Question, Time
from calls.selectors.counting.statement import ANSWERED
from calls.selectors.counting.tally import Key, Numbers, tally
from tether_calls.accounts.models import Organization, WalletEntry
from tether_calls.common.money import in_units

_MINUTE = timedelta(minutes=1)
Counts = dict[Key, tuple[int, int, int, int, int, dict[int, int]]]


def by_hand(asked: Question) -> Counts:
    found: dict[Key, Numbers] = {}
    costs: dict[str | None, int] = defaultdict(int)
    for entry in WalletEntry.objects.of_organization(asked.organization_id).only("call_id", "amount"):
        costs[entry.call_id] -= in_units(entry.amount)
    counted_by = ("start_time", "duration", "status", *asked.conditions, *asked.dimensions)
    for call in Call.objects.filter(organization_id=asked.organization_id).only(*counted_by):
        if any((getattr(call, name) or "") != value for name, value in asked.conditions.items()):
            continue
        if (asked.begin and call.start_time < asked.begin) or (asked.end and call.start_time >= asked.end):
            continue
        key: Key = tuple(getattr(call, name) or "" for name in asked.dimensions)
        if asked.time is not None:
            key += (_time(asked.time, call.start_time.astimezone(asked.zone)),)
        microseconds = round((call.duration or 0) * 1_000_000)
        is_answered = call.status in ANSWERED
        numbers = found.setdefault(key, Numbers())
        numbers.add(1, is_answered, microseconds, microseconds * is_answered, costs[call.pk])
        if asked.with_classes and is_answered:
            numbers.classes[math.floor(math.log(microseconds, 1.05) + 1e-9) if microseconds else -1] += 1
    return _plain(found)


def counted(asked: Question) -> Counts:
    return _plain(tally(asked))


def question(organization: Organization, **fields: Any) -> Question:
    organization.refresh_from_db()
    return Question(organization_id=organization.pk, zone=organization.zone, with_cost=True, **fields)


def local(zone: ZoneInfo, day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def _time(by: Time, shown: datetime) -> Any:
    if by == Time.DAY:
        return shown.date()
    if by == Time.MONTH:
        return shown.date().replace(day=1)
    if by == Time.HOUR_OF_WEEK:
        return shown.weekday() * 24 + shown.hour
    return _begin_of_hour(shown.astimezone(UTC).replace(second=0, microsecond=0), shown.tzinfo)


@cache
def _begin_of_hour(begun: datetime, zone: tzinfo | None) -> datetime:
    """The first minute, in UTC, that clocks of the zone show with the same hour; minute by minute."""
    shown = begun.astimezone(zone)
    while _is_same_hour((begun - _MINUTE).astimezone(zone), shown):
        begun -= _MINUTE
    return begun


def _is_same_hour(one: datetime, other: datetime) -> bool:
    return (one.hour, one.utcoffset()) == (other.hour, other.utcoffset())


def _plain(found: dict[Key, Numbers]) -> Counts:
    return {
        key: (
            each.calls,
            each.answered,
            each.microseconds,
            each.answered_microseconds,
            each.cost,
            {number: calls for number, calls in each.classes.items() if calls},
        )
        for key, each in found.items()
    }
