"""Metrics of calls, by groups: what GET /api/calls/analytics answers with, in either API."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.utils import timezone

from calls.models import Call, Disposition, Prompt, PromptVersion, Tag
from calls.models.rollup import DIMENSIONS
from calls.selectors.counting.durations import percentile
from calls.selectors.counting.sources import Question, Time
from calls.selectors.counting.tally import Key, Numbers, tally, tally_calls, tally_scores
from calls.selectors.history import HistoryFilter, matching, question_of
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError

MOST_GROUPS = 1_000
# Rows of groups that are read of the database: each of the days of 270 years, or of the minutes of 1,000 hours.
_MOST_ROWS = 100_000
_UNITS = 10_000


def _share(numerator: Callable[[Numbers], float], denominator: Callable[[Numbers], int]) -> Callable[[Numbers], Any]:
    return lambda numbers: numerator(numbers) / denominator(numbers) if denominator(numbers) else None


def _talk_seconds(numbers: Numbers) -> float:
    return numbers.answered_microseconds / 1_000_000


def _cost(numbers: Numbers) -> float:
    return numbers.cost / _UNITS


# Each a number, or None where there is nothing that it could be of.
METRICS: Mapping[str, Callable[[Numbers], float | None]] = {
    "count": lambda numbers: numbers.calls,
    "talk_time": _talk_seconds,
    "average_duration": _share(_talk_seconds, lambda numbers: numbers.answered),
    "p50_duration": lambda numbers: percentile(numbers.classes, 0.5),
    "p90_duration": lambda numbers: percentile(numbers.classes, 0.9),
    "answer_rate": _share(lambda numbers: numbers.answered, lambda numbers: numbers.calls),
    "cost": _cost,
    "cost_per_answered": _share(_cost, lambda numbers: numbers.answered),
    "score_count": lambda numbers: numbers.scores,
    "average_score": _share(lambda numbers: numbers.score_points / 100, lambda numbers: numbers.scores),
}
_OF_CLASSES = frozenset(("p50_duration", "p90_duration"))
_OF_COST = frozenset(("cost", "cost_per_answered"))
_OF_SCORES = frozenset(("score_count", "average_score"))

# And what of them the calls are counted by.
TIMES: Mapping[str, Time] = {
    "hour": Time.HOUR,
    "day": Time.DAY,
    "week": Time.DAY,
    "month": Time.MONTH,
    "hour_of_week": Time.HOUR_OF_WEEK,
}
_TAG = "tag_rows__tag_id"
# What else calls can be told apart by, and the columns that do it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "agent": ("ai_agent_id", "agent_name"),
    "version": ("prompt_version_id",),
    "user": ("user_id",),
    "number": ("provider_phone_number",),
    "provider": ("provider",),
    "direction": ("direction",),
    "status": ("status",),
    "end_reason": ("end_reason",),
    "answered_by": ("answered_by",),
    "disposition": ("disposition_id",),
    # A call with several is in several groups.
    "tag": (_TAG,),
}
GROUPINGS = (*TIMES, *COLUMNS)
# Groupings by rows that have a name.
_NAMED: Mapping[str, tuple[type[Model], str]] = {
    "agent": (Prompt, "name"),
    "version": (PromptVersion, "number"),
    "user": (User, "full_name"),
    "disposition": (Disposition, "name"),
    "tag": (Tag, "name"),
}


@dataclass(frozen=True, kw_only=True)
class AnalyticsWanted:
    """Names out of METRICS and GROUPINGS, one of TIMES at most; which calls; whose days."""

    metrics: Sequence[str]
    group_by: Sequence[str]
    zone: ZoneInfo
    calls: HistoryFilter
    with_previous: bool = False


@dataclass(frozen=True)
class Group:
    """A value for each grouping, None: the calls without; the names of agent and user, where they have one."""

    key: dict[str, Any]
    values: dict[str, Any]


@dataclass(frozen=True)
class Analytics:
    series: list[Group]
    totals: dict[str, Any]
    previous_totals: dict[str, Any] | None
    freshness: datetime


def analytics(*, organization_id: str, home_zone: ZoneInfo, wanted: AnalyticsWanted) -> Analytics:
    """One statement, as of `tally`; one more each for names of a grouping, `q`, totals by tag, and the period before.

    Each that counts is followed by another one where scores are asked for. Raises TOO_MANY_GROUPS.
    """
    now = timezone.now()
    groups = _groups(organization_id, home_zone, wanted)
    if len(groups) > MOST_GROUPS:
        raise TetherError(ErrorCode.TOO_MANY_GROUPS)
    ungrouped, has_tags = replace(wanted, group_by=()), "tag" in wanted.group_by
    previous = None
    if wanted.with_previous:
        before = replace(ungrouped, calls=_period_before(wanted.calls, now))
        previous = _values(wanted, _sum(_groups(organization_id, home_zone, before)))
    return Analytics(
        series=_series(organization_id, wanted, groups),
        totals=_values(wanted, _sum(_groups(organization_id, home_zone, ungrouped) if has_tags else groups)),
        previous_totals=previous,
        freshness=now,
    )


def _groups(organization_id: str, home_zone: ZoneInfo, wanted: AnalyticsWanted) -> dict[Key, Numbers]:
    """The key has the values of the columns of each grouping, and then of the time, if there is one."""
    time = next((name for name in wanted.group_by if name in TIMES), None)
    question = question_of(organization_id, wanted.zone, wanted.calls)
    asked = replace(
        question or Question(organization_id=organization_id, zone=wanted.zone),
        dimensions=[name for name in _columns(wanted) if name not in TIMES],
        time=None if time is None else TIMES[time],
        most_groups=_MOST_ROWS,
        with_classes=not _OF_CLASSES.isdisjoint(wanted.metrics),
        with_cost=not _OF_COST.isdisjoint(wanted.metrics),
    )
    is_known = question is not None and wanted.zone.key == home_zone.key and set(asked.dimensions) <= set(DIMENSIONS)
    found = [tally(asked) if is_known else tally_calls(asked, _calls(organization_id, wanted))]
    if not _OF_SCORES.isdisjoint(wanted.metrics):
        found.append(tally_scores(asked, _calls(organization_id, wanted)))
    groups: dict[Key, Numbers] = {}
    for key, numbers in (each for numbers_by_key in found for each in numbers_by_key.items()):
        groups.setdefault(_group_of(wanted, time, key), Numbers()).merge(numbers)
    return groups


def _calls(organization_id: str, wanted: AnalyticsWanted) -> QuerySet[Call, Any]:
    calls = matching(organization_id, wanted.calls)
    if wanted.calls.tag is None or "tag" not in wanted.group_by:
        return calls
    # Else the one tag that is asked for would be the only one that they are told apart by.
    return Call.objects.of_organization(organization_id).filter(pk__in=calls.values("pk"))


def _group_of(wanted: AnalyticsWanted, time: str | None, key: Key) -> Key:
    columns = list(key)
    if time is not None:
        columns[-1] = _written(wanted, time, columns[-1])
    names = _columns(wanted)
    if "agent_name" in names and columns[names.index("ai_agent_id")]:
        # It has a name of its own.
        columns[names.index("agent_name")] = ""
    return tuple(columns)


def _columns(wanted: AnalyticsWanted) -> list[str]:
    """What the values of a key are: columns, and the time."""
    of_calls = [column for name in wanted.group_by for column in COLUMNS.get(name, ())]
    return of_calls + [name for name in wanted.group_by if name in TIMES]


def _written(wanted: AnalyticsWanted, time: str, value: Any) -> str | int:
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(wanted.zone).isoformat()
    day: date = value
    if time == "month":
        return f"{day:%Y-%m}"
    return (day - timedelta(days=day.weekday()) if time == "week" else day).isoformat()


def _period_before(calls: HistoryFilter, now: datetime) -> HistoryFilter:
    """The period of the same length that ends where this one begins."""
    assert calls.start_date is not None
    length = max((calls.end_date or now) - calls.start_date, timedelta(0))
    earliest = datetime.min.replace(tzinfo=UTC)
    begin = calls.start_date - length if length < calls.start_date - earliest else earliest
    return replace(calls, start_date=begin, end_date=calls.start_date)


def _sum(groups: Mapping[Key, Numbers]) -> Numbers:
    total = Numbers()
    for numbers in groups.values():
        total.merge(numbers)
    return total


def _values(wanted: AnalyticsWanted, numbers: Numbers) -> dict[str, Any]:
    values = {name: METRICS[name](numbers) for name in wanted.metrics}
    return {name: None if value is None else _rounded(value) for name, value in values.items()}


def _rounded(value: float) -> float | int:
    rounded = round(value, 4)
    return int(rounded) if math.isfinite(rounded) and rounded == int(rounded) else rounded


def _series(organization_id: str, wanted: AnalyticsWanted, groups: Mapping[Key, Numbers]) -> list[Group]:
    names = _columns(wanted)
    found = [(dict(zip(names, key, strict=True)), numbers) for key, numbers in groups.items()]
    named = _names(organization_id, wanted, [columns for columns, _ in found])
    series = []
    for columns, numbers in found:
        shown: dict[str, str | int | None] = {}
        for name in wanted.group_by:
            shown[name] = columns[name] if name in TIMES else columns[COLUMNS[name][0]] or None
            if name in named:
                found_name = named[name].get(columns[COLUMNS[name][0]])
                shown[f"{name}_name"] = found_name or columns.get("agent_name" if name == "agent" else "") or None
        series.append(Group(shown, _values(wanted, numbers)))
    return sorted(series, key=lambda group: [(value is None, value) for value in group.key.values()])


def _names(
    organization_id: str, wanted: AnalyticsWanted, groups: Sequence[Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """By grouping and id: what is called something. One statement for each such grouping."""
    named = {}
    for name in wanted.group_by:
        if name in _NAMED:
            model, column = _NAMED[name]
            # wall: of the organization; users have no manager of their own, and a call's may have moved since
            rows = model._default_manager.filter(
                organization_id=organization_id, pk__in={group[COLUMNS[name][0]] for group in groups}
            )
            named[name] = {pk: str(value) for pk, value in rows.values_list("pk", column)}
    return named
