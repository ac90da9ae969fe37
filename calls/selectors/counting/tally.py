"""Numbers of calls: from what is added up, and else from the calls one by one, which gives the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, ExtractHour, ExtractIsoWeekDay, TruncDate

from calls.models import Call, CallStatus
from calls.selectors.counting.durations import CLASS_SQL, NOTHING, from_text
from calls.selectors.counting.hours import HourSums, hour_of, hour_of_week, hours_of_day
from calls.selectors.counting.periods import Division, divided, divided_by_hours
from calls.selectors.counting.sources import (
    MINUTE,
    SCORE,
    Question,
    Rows,
    Time,
    added_up,
    calls_of_rests,
    changed_since,
    compiled,
    in_period,
    one_by_one,
    why_not,
)
from tether_calls.common.days import day_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.postgresql.replica import connection_of_reads
from tether_calls.common.postgresql.zones import zone_in_sql

# Somebody spoke: what talk time, averages and percentiles are of.
ANSWERED = (CallStatus.IN_PROGRESS, CallStatus.ANSWERED, CallStatus.COMPLETED)
_ANSWERED_SQL = f"status IN ({', '.join(repr(each.value) for each in ANSWERED)})"

_SUMS_SQL = (
    f"SUM(calls) AS s1, SUM(CASE WHEN {_ANSWERED_SQL} THEN calls ELSE 0 END) AS s2, SUM(microseconds) AS s3,"
    f" SUM(CASE WHEN {_ANSWERED_SQL} THEN microseconds ELSE 0 END) AS s4, SUM(cost) AS s5"
)
# What a row of the statement is.
_SUMS, _CLASS, _CLASSES, _REASON, _HOURS_ANSWERED, _HOURS_NOT_ANSWERED = range(6)
_OF_HOURS = (_HOURS_ANSWERED, _HOURS_NOT_ANSWERED)

Key = tuple[Any, ...]


@dataclass
class Numbers:
    """Of some calls: how many there are, how many were answered, how long all and the answered ones took, and the cost.

    `classes`, where they were asked for: how many answered ones are in each class of durations. `hours`, where it is
    added up: what is in each hour, by its number. `scores`, where they were asked for: how many there are, and their
    `score_points`: hundredths of a percent.
    """

    calls: int = 0
    answered: int = 0
    microseconds: int = 0
    answered_microseconds: int = 0
    cost: int = 0
    classes: Counter[int] = field(default_factory=Counter)
    hours: dict[int, HourSums] = field(default_factory=dict)
    scores: int = 0
    score_points: int = 0

    def add(self, calls: int, answered: int, microseconds: int, answered_microseconds: int, cost: int) -> None:
        self.calls += calls
        self.answered += answered
        self.microseconds += microseconds
        self.answered_microseconds += answered_microseconds
        self.cost += cost

    def add_hour(self, number: int, calls: int, microseconds: int, cost: int) -> None:
        before = self.hours.get(number, (0, 0, 0))
        self.hours[number] = (before[0] + calls, before[1] + microseconds, before[2] + cost)

    def merge(self, other: Numbers) -> None:
        self.add(other.calls, other.answered, other.microseconds, other.answered_microseconds, other.cost)
        self.classes.update(other.classes)
        self.scores += other.scores
        self.score_points += other.score_points


def tally(asked: Question) -> dict[Key, Numbers]:
    """By the values of the dimensions, in their order, and the time last; groups without calls are left out.

    The time of DAY and MONTH is a date, that of HOUR when it began, in UTC, that of HOUR_OF_WEEK a number, of which 0
    is Monday's first. One statement; none for a period that is empty, another one while the organization's calls are
    added up anew.
    """
    if asked.is_of_hours and asked.with_classes:
        # Durations are not added up by hours.
        return _tally_all(asked)
    if asked.is_of_hours:
        division = divided_by_hours(asked.begin, asked.end, asked.zone)
    else:
        has_months = asked.time in (None, Time.MONTH)
        division = divided(asked.begin, asked.end, asked.zone, has_months=has_months)
    sources = [*added_up(asked, division), *changed_since(asked, division), *calls_of_rests(asked, division)]
    if not sources:
        return {}
    numbers = _read(asked, sources, why_not(asked), division)
    return _tally_all(asked) if numbers is None else numbers


def tally_scores(asked: Question, calls: QuerySet[Call, Any]) -> dict[Key, Numbers]:
    """Of the scores of these calls: `scores`, and `score_points`; groups without any are left out. One statement."""
    plain = replace(asked, with_classes=False, with_cost=False)
    found = tally_calls(plain, calls.filter(scores__isnull=False), measure=SCORE)
    return {key: Numbers(scores=numbers.calls, score_points=numbers.microseconds) for key, numbers in found.items()}


def tally_calls(
    asked: Question, calls: QuerySet[Call, Any], *, measure: Combinable | None = None
) -> dict[Key, Numbers]:
    """The same of these calls, one by one; `measure` is added up in place of microseconds."""
    match asked.time:
        case Time.HOUR_OF_WEEK:
            of_week = (ExtractIsoWeekDay("start_time", tzinfo=zone_in_sql(asked.zone)) - 1) * 24
            hour = of_week + ExtractHour("start_time", tzinfo=zone_in_sql(asked.zone))
            calls = calls.annotate(hour_of_week=Cast(hour, CharField()))
            by_text = replace(asked, dimensions=[*asked.dimensions, "hour_of_week"], time=None)
            found = tally_calls(by_text, calls, measure=measure)
            return {(*key, int(number)): numbers for (*key, number), numbers in found.items()}
        case Time.HOUR:
            source = one_by_one(calls, asked, moment=MINUTE, microseconds=measure)
        case Time.DAY | Time.MONTH:
            day = TruncDate("start_time", tzinfo=zone_in_sql(asked.zone))
            source = one_by_one(calls, asked, day=day, microseconds=measure)
        case None:
            source = one_by_one(calls, asked, microseconds=measure)
    numbers = _read(asked, [source])
    assert numbers is not None
    return numbers


def _tally_all(asked: Question) -> dict[Key, Numbers]:
    calls = asked.among(Call.objects.of_organization(asked.organization_id))
    return tally_calls(asked, in_period(calls, asked.begin, asked.end))


def _read(
    asked: Question,
    sources: Sequence[Rows],
    unless: QuerySet[Any, Any] | None = None,
    division: Division | None = None,
) -> dict[Key, Numbers] | None:
    """None where `unless` has a row. `division`: which of the hours count that days are added up by."""
    sql, params = _statement(asked, [compiled(source) for source in sources], unless)
    dimensions = len(asked.dimensions)
    found: dict[Key, Numbers] = {}
    # wall: the sources are of one organization
    with connection_of_reads().cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    most = asked.most_groups
    if most is not None and any(sum(row[0] in kinds for row in rows) > most for kinds in ((_SUMS,), _OF_HOURS)):
        raise TetherError(ErrorCode.TOO_MANY_GROUPS)
    for what, *row in rows:
        if what == _REASON:
            return None
        key: Key = tuple(row[:dimensions])
        *sums, number, kept = row[-7:]
        if what in _OF_HOURS:
            for time, of_hour in _hours(asked, row[dimensions], kept, division):
                found.setdefault((*key, time), Numbers()).add(*_whole(of_hour, is_answered=what == _HOURS_ANSWERED))
            continue
        if asked.time is not None:
            key += (_time(asked, *row[dimensions : dimensions + 2]),)
        numbers = found.setdefault(key, Numbers())
        if what == _SUMS:
            numbers.add(*(int(each or 0) for each in sums))
        elif what == _CLASS:
            numbers.classes[number] += int(sums[0])
        else:
            numbers.classes.update(from_text(kept))
    return {key: each for key, each in found.items() if each.calls}


def _statement(
    asked: Question, sources: Sequence[tuple[str, tuple[Any, ...]]], unless: QuerySet[Any, Any] | None
) -> tuple[str, list[Any]]:
    """Rows of what they are, the group, five sums, a class of durations, and classes or hours as they are kept."""
    names = [f"d{position}" for position in range(len(asked.dimensions))]
    group = names + (["day", "moment"] if asked.time else [])
    by = f" GROUP BY {', '.join(group)}" if group else ""
    told_apart = "".join(f"{name}, " for name in group)
    these = "counted WHERE NOT is_sum" if asked.is_of_hours else "counted"
    parts = [f"SELECT {_SUMS} AS what, {told_apart}{_SUMS_SQL}, {NOTHING} AS class, '' AS kept FROM {these}{by}"]  # noqa: S608
    if asked.is_of_hours:
        what = f"CASE WHEN {_ANSWERED_SQL} THEN {_HOURS_ANSWERED} ELSE {_HOURS_NOT_ANSWERED} END"
        parts.append(f"SELECT {what}, {told_apart}0, 0, 0, 0, 0, {NOTHING}, kept FROM counted WHERE is_sum")  # noqa: S608
    if asked.most_groups is not None:
        parts = [f"SELECT * FROM ({part} LIMIT {asked.most_groups + 1}) groups_read" for part in parts]  # noqa: S608
    if asked.with_classes:
        of_answered = f"FROM counted WHERE {_ANSWERED_SQL}"
        parts += [
            f"SELECT {_CLASS}, {told_apart}SUM(calls), 0, 0, 0, 0, {CLASS_SQL} AS class, '' {of_answered}"
            f" AND NOT is_sum GROUP BY {', '.join([*group, 'class'])}",
            f"SELECT {_CLASSES}, {told_apart}0, 0, 0, 0, 0, {NOTHING}, kept {of_answered} AND kept <> ''",
        ]
    params = [value for _, values in sources for value in values]
    if unless is not None:
        reason, values = compiled(unless.values_list("pk"))
        parts.append(f"SELECT {_REASON}, {'NULL, ' * len(group)}0, 0, 0, 0, 0, 0, '' FROM ({reason}) reasons")  # noqa: S608
        params += values
    columns = ", ".join([*names, "status", "day", "moment", "calls", "microseconds", "cost", "kept", "is_sum"])
    union = " UNION ALL ".join(sql for sql, _ in sources)
    return f"WITH counted ({columns}) AS ({union}) {' UNION ALL '.join(parts)}", params


def _time(asked: Question, day: Any, moment: Any) -> date | datetime | int:
    """SQLite has dates and times as texts."""
    if day is not None:
        return _date(day)
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return _of_hour(asked, hour_of(at, asked.zone)) if asked.is_of_hours else day_of(at, asked.zone)


def _hours(asked: Question, day: Any, kept: str, within: Division | None) -> Iterator[tuple[datetime | int, HourSums]]:
    for hour, sums in hours_of_day(kept, _date(day), asked.zone):
        if within is not None and (
            (within.begin is not None and hour < within.begin) or (within.end is not None and hour >= within.end)
        ):
            continue
        yield _of_hour(asked, hour), sums


def _of_hour(asked: Question, hour: datetime) -> datetime | int:
    # In UTC: of an hour that the clock shows twice both would be the same in their zone.
    return hour_of_week(hour) if asked.time == Time.HOUR_OF_WEEK else hour.astimezone(UTC)


def _whole(sums: HourSums, *, is_answered: bool) -> tuple[int, int, int, int, int]:
    calls, microseconds, cost = sums
    return calls, calls * is_answered, microseconds, microseconds * is_answered, cost


def _date(day: Any) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day
