"""Adds changes of calls to what is added up: the one place that writes CallRollup."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from calls.models import CallRollup, Span
from calls.models.rollup import COARSE_DIMENSIONS, DIMENSIONS, FINE_DIMENSIONS
from calls.selectors.counting import durations, hours
from calls.selectors.counting.durations import duration_class
from calls.selectors.counting.statement import ANSWERED
from calls.selectors.counting.tally import Numbers
from tether_calls.common.days import day_of

_COARSE = len(COARSE_DIMENSIONS)
_NO_FINE = ("",) * len(FINE_DIMENSIONS)
_STATUS = DIMENSIONS.index("status")
_MEASURES = ("calls", "microseconds", "cost", "durations", "hours")
# Of PostgreSQL's advisory locks; the number means nothing.
_LOCK = 7_202_611


class Change(NamedTuple):
    """Of an organization's calls: so many more, or less, with these values of DIMENSIONS."""

    start_time: datetime
    dimensions: tuple[str, ...]
    calls: int
    microseconds: int
    cost: int


class _Key(NamedTuple):
    is_fine: bool
    span: str
    begins: date
    dimensions: tuple[str, ...]


def take_turns() -> None:
    """Until the transaction ends nobody else adds up. On SQLite one transaction writes at a time anyway."""
    if connection.vendor == "postgresql":
        # wall: a lock, not rows
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def add_up(*, organization_id: str, zone: ZoneInfo, changes: Iterable[Change]) -> None:
    """To be called in a transaction that has taken its turn. Three statements."""
    sums = _sums(zone, changes)
    known = _known(organization_id, {(key.span, key.begins) for key in sums})
    rows, gone = [], []
    for key, numbers in sums.items():
        if key in known:
            row_id, before = known[key]
            numbers.add(before.calls, 0, before.microseconds, 0, before.cost)
            numbers.classes.update(before.classes)
            hours.add_hours(numbers.hours, before.hours)
            if not (numbers.calls or numbers.microseconds or numbers.cost):
                gone.append(row_id)
                continue
        rows.append(_row(organization_id, key, numbers))
    # wall: each row names its organization, and so does what it is in conflict with
    CallRollup.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organization_id", "is_fine", "span", "begins", *DIMENSIONS],
        update_fields=_MEASURES,
    )
    if gone:
        CallRollup.objects.of_organization(organization_id).filter(pk__in=gone).delete()


def _sums(zone: ZoneInfo, changes: Iterable[Change]) -> dict[_Key, Numbers]:
    sums: dict[_Key, Numbers] = defaultdict(Numbers)
    for change in changes:
        day = day_of(change.start_time, zone)
        hour = hours.minutes_into(day, change.start_time, zone)
        is_answered = change.dimensions[_STATUS] in ANSWERED
        coarse = change.dimensions[:_COARSE] + _NO_FINE
        for span, begins in ((Span.DAY.value, day), (Span.MONTH.value, day.replace(day=1))):
            for is_fine, dimensions in ((False, coarse), (True, change.dimensions)):
                numbers = sums[_Key(is_fine, span, begins, dimensions)]
                numbers.add(change.calls, 0, change.microseconds, 0, change.cost)
                if span == Span.DAY:
                    hours.add_hours(numbers.hours, {hour: (change.calls, change.microseconds, change.cost)})
                if is_answered and change.calls:
                    # Of one call, or of one less: a sum of several has no duration.
                    numbers.classes[duration_class(abs(change.microseconds))] += change.calls
    return sums


def _known(organization_id: str, periods: set[tuple[str, date]]) -> dict[_Key, tuple[int, Numbers]]:
    rows = CallRollup.objects.of_organization(organization_id).filter(
        begins__in={begins for _, begins in periods}, is_fine__in=(False, True), span__in={span for span, _ in periods}
    )
    found = {}
    for row_id, is_fine, span, begins, *rest in rows.values_list(
        "pk", "is_fine", "span", "begins", *DIMENSIONS, *_MEASURES
    ):
        dimensions, (calls, microseconds, cost, classes, of_hours) = rest[: len(DIMENSIONS)], rest[len(DIMENSIONS) :]
        numbers = Numbers(calls=calls, microseconds=microseconds, cost=cost)
        numbers.classes, numbers.hours = durations.from_text(classes), hours.from_text(of_hours)
        found[_Key(is_fine, span, begins, tuple(dimensions))] = (row_id, numbers)
    return found


def _row(organization_id: str, key: _Key, numbers: Numbers) -> CallRollup:
    return CallRollup(
        organization_id=organization_id,
        is_fine=key.is_fine,
        span=key.span,
        begins=key.begins,
        **dict(zip(DIMENSIONS, key.dimensions, strict=True)),
        calls=numbers.calls,
        microseconds=numbers.microseconds,
        cost=numbers.cost,
        durations=durations.as_text(numbers.classes),
        hours=hours.as_text(numbers.hours),
    )
