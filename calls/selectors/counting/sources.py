"""Where numbers of calls come from: what is added up, what has changed since, and calls one by one.

Each source is a query whose columns are `columns_of`, so that one statement can read them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, TruncMinute

from calls.models import Call, CallDelta, CallRollup, StaleRollup
from calls.models.rollup import COARSE_DIMENSIONS
from calls.selectors.counting.periods import Division
from tether_calls.accounts.models import Organization, WalletEntry
from tether_calls.common.postgresql.replica import connection_of_reads
from tether_calls.common.sight import Sight

Rows = QuerySet[Any, Any]

_BIG: BigIntegerField[int, int] = BigIntegerField()
_NO_DAY = Cast(Value(None), DateField())
_NO_MOMENT = Cast(Value(None), DateTimeField())
_FALSE, _TRUE = Value(False, BooleanField()), Value(True, BooleanField())
_NO_TEXT = Value("", TextField())


class Time(StrEnum):
    """What of their start calls are told apart by."""

    MONTH = "month"  # the first day of one may stand for each of its days
    DAY = "day"
    HOUR = "hour"
    HOUR_OF_WEEK = "hour_of_week"


OF_HOURS = (Time.HOUR, Time.HOUR_OF_WEEK)


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which calls are counted, told apart by what: names out of DIMENSIONS, and a time.

    More than `most_groups` are refused. `conditions`: columns out of DIMENSIONS and their values. The period is on the
    start of the call, its end not included.
    """

    organization_id: str
    zone: ZoneInfo
    begin: datetime | None = None
    end: datetime | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    # Whose calls, of who does not see all of them.
    seen_by: Sight | None = None
    dimensions: Sequence[str] = ()
    time: Time | None = None
    most_groups: int | None = None
    with_cost: bool = False
    with_classes: bool = False

    @property
    def is_of_hours(self) -> bool:
        return self.time in OF_HOURS

    def among(self, rows: Rows) -> Rows:
        """Those that have what is asked for, of calls, or of what they are added up to."""
        return rows.filter(Q() if self.seen_by is None else self.seen_by.of_calls(), **self.conditions)


def in_period(rows: Rows, begin: datetime | None, end: datetime | None) -> Rows:
    if begin is not None:
        rows = rows.filter(start_time__gte=begin)
    return rows if end is None else rows.filter(start_time__lt=end)


def added_up(asked: Question, division: Division) -> list[Rows]:
    is_fine = asked.seen_by is not None or not {*asked.dimensions, *asked.conditions} <= set(COARSE_DIMENSIONS)
    rows = asked.among(CallRollup.objects.of_organization(asked.organization_id).filter(is_fine=is_fine))
    sources = []
    for whole in division.wholes:
        part = rows.filter(span=whole.span)
        if whole.begin is not None:
            part = part.filter(begins__gte=whole.begin)
        if whole.end is not None:
            part = part.filter(begins__lt=whole.end)
        kept = F("hours" if asked.is_of_hours else "durations")
        sources.append(_source(part, asked.dimensions, day=F("begins"), kept=kept))
    return sources


def changed_since(asked: Question, division: Division) -> list[Rows]:
    if not division.wholes:
        return []
    changes = asked.among(CallDelta.objects.of_organization(asked.organization_id))
    within = in_period(changes, division.begin, division.end)
    return [_source(within, asked.dimensions, moment=F("start_time"))]


def compiled(rows: Rows) -> tuple[str, tuple[Any, ...]]:
    """SQL and its parameters."""
    # Not by django.db.connection, which is looked up anew for each of the hundreds of names and values of a query.
    sql, params = rows.query.get_compiler(connection=connection_of_reads()).as_sql()
    return sql, tuple(params)


# Not all zones' hours begin with UTC's.
MINUTE = TruncMinute("start_time", tzinfo=UTC)


def one_by_one(
    calls: QuerySet[Call, Any],
    asked: Question,
    *,
    day: Combinable = _NO_DAY,
    moment: Combinable = _NO_MOMENT,
    microseconds: Combinable | None = None,
) -> Rows:
    """Calls as a source, whatever they were found by; `microseconds`: what is added up in place of their durations."""
    return _source(
        # As the triggers count: a caller who was handed over with the agent's call.
        calls.filter(transferred_from=None).order_by(),
        asked.dimensions,
        day=day,
        moment=moment,
        calls=Value(1, _BIG),
        microseconds=microseconds or MICROSECONDS,
        cost=_cost(asked.organization_id) if asked.with_cost else Value(0, _BIG),
    )


def calls_of_rests(asked: Question, division: Division) -> list[Rows]:
    calls = asked.among(Call.objects.of_organization(asked.organization_id))
    return [
        one_by_one(in_period(calls, rest.begin, rest.end), asked, moment=Value(rest.begin, DateTimeField()))
        if asked.is_of_hours
        else one_by_one(in_period(calls, rest.begin, rest.end), asked, day=Value(rest.day, DateField()))
        for rest in division.rests
    ]


def why_not(asked: Question) -> QuerySet[Organization, Any]:
    """A row where what is added up is not to be used: it is being made anew, or is by the days of another zone."""
    stale = StaleRollup.objects.of_organization(OuterRef("pk"))
    organization = Organization.objects.filter(pk=asked.organization_id)
    return organization.filter(Q(Exists(stale)) | ~Q(time_zone=asked.zone.key)).order_by()


# As the triggers count (`calls.models.counting_triggers`).
MICROSECONDS = Func(
    F("duration"), template="CAST(ROUND(COALESCE(%(expressions)s, 0) * 1000000) AS bigint)", output_field=_BIG
)

# Of a call with scores, which is there once for each: hundredths of a percent.
SCORE = Cast(Func(F("scores__percent") * 100, function="ROUND"), _BIG)


def _cost(organization_id: str) -> Combinable:
    booked = WalletEntry.objects.of_organization(organization_id).filter(call_id=OuterRef("pk")).order_by()
    spent = booked.values("call_id").annotate(spent=-Sum(Cast("amount", _BIG))).values("spent")
    return Coalesce(Subquery(spent, output_field=_BIG), Value(0, _BIG))


def _source(
    rows: Rows,
    dimensions: Sequence[str],
    *,
    day: Combinable = _NO_DAY,
    moment: Combinable = _NO_MOMENT,
    kept: Combinable | None = None,
    **measures: Combinable,
) -> Rows:
    told_apart: dict[str, Any] = {
        f"d{position}": Coalesce(F(name), Value(""), output_field=CharField())
        for position, name in enumerate((*dimensions, "status"))
    }
    measured = {f"m_{name}": measures.get(name, F(name)) for name in ("calls", "microseconds", "cost")}
    columns = {
        **told_apart,
        "at_day": day,
        "at_moment": moment,
        **measured,
        "kept": kept or _NO_TEXT,
        "is_sum": _TRUE if kept else _FALSE,
    }
    source: Rows = rows.annotate(**columns).values_list(*columns)
    return source
