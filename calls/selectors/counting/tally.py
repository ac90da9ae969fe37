"""Numbers of calls: from what is added up, and else from the calls one by one, which gives the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, ExtractHour, ExtractIsoWeekDay, TruncDate

from calls.models import Call
from calls.selectors.counting import hours
from calls.selectors.counting.durations import from_text
from calls.selectors.counting.hours import HourSums, add_hours, hour_of, hour_of_week, hours_of_day
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
from calls.selectors.counting.statement import (
    CLASS,
    HOURS,
    HOURS_ANSWERED,
    REASON,
    SUMS,
    statement_of,
)
from tether_calls.common.days import day_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.postgresql.replica import connection_of_reads
from tether_calls.common.postgresql.zones import zone_in_sql

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
    sql, params = statement_of(asked, [compiled(source) for source in sources], unless)
    dimensions = len(asked.dimensions)
    found: dict[Key, Numbers] = {}
    # Of all rows of a day together: which hours of the clock they are is asked once, and not for each row.
    of_days: dict[tuple[Key, date, int], dict[int, HourSums]] = defaultdict(dict)
    # wall: the sources are of one organization
    with connection_of_reads().cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    most = asked.most_groups
    if most is not None and any(sum(row[0] in kinds for row in rows) > most for kinds in ((SUMS,), HOURS)):
        raise TetherError(ErrorCode.TOO_MANY_GROUPS)
    for what, *row in rows:
        if what == REASON:
            return None
        key: Key = tuple(row[:dimensions])
        *sums, number, kept = row[-7:]
        if what in HOURS:
            add_hours(of_days[key, _date(row[dimensions]), what], hours.from_text(kept))
            continue
        if asked.time is not None:
            key += (_time(asked, *row[dimensions : dimensions + 2]),)
        numbers = found.setdefault(key, Numbers())
        if what == SUMS:
            numbers.add(*(int(each or 0) for each in sums))
        elif what == CLASS:
            numbers.classes[number] += int(sums[0])
        else:
            numbers.classes.update(from_text(kept))
    for (key, day, what), of_day in of_days.items():
        for time, of_hour in _hours(asked, day, of_day, division):
            found.setdefault((*key, time), Numbers()).add(*_whole(of_hour, is_answered=what == HOURS_ANSWERED))
    return {key: each for key, each in found.items() if each.calls}


def _time(asked: Question, day: Any, moment: Any) -> date | datetime | int:
    """SQLite has dates and times as texts."""
    if day is not None:
        return _date(day)
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return _of_hour(asked, hour_of(at, asked.zone)) if asked.is_of_hours else day_of(at, asked.zone)


def _hours(
    asked: Question, day: date, of_day: Mapping[int, HourSums], within: Division | None
) -> Iterator[tuple[datetime | int, HourSums]]:
    for hour, sums in hours_of_day(of_day, day, asked.zone):
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
