"""The start page of the admin: figures of today, of two weeks and of the week's hours, in at most ten statements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from calls.admin.desk.first_steps import first_steps
from calls.admin.desk.live import box_of, live_context
from calls.admin.desk.needs import needs_of
from calls.admin.desk.scope import PARAMETER, Scope, list_in, scope_of
from calls.admin.desk.tiles import MEASURES, Tile, percent, tile, whole
from calls.models import Call
from calls.selectors.desk.figures import (
    DAYS,
    WEEKS,
    Figures,
    Outcome,
    Top,
    by_full_hours_of_all,
    days_of,
    days_of_all,
    hours_of_week,
    same_day_last_week,
    top_organizations,
    tops_of,
)
from tether_calls.common.days import day_of

_DAYS_OF_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Shades of the heat map; 0 is an hour without calls.
_LEVELS = 5


@dataclass(frozen=True)
class DayRow:
    """A day of the bars, as the table has it. `address`: the list of its calls."""

    label: str
    counts: list[int]
    total: int
    address: str


@dataclass(frozen=True)
class Cell:
    calls: int
    level: int


@dataclass(frozen=True)
class HeatRow:
    day: str
    cells: list[Cell]


@dataclass(frozen=True)
class TopRow:
    """`share`: of the first one's calls, in twentieths, for its bar."""

    name: str
    calls: str
    answered: str
    share: int
    address: str


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the index shows; nothing more for who may not see calls."""
    if not admin.site.get_model_admin(Call).has_view_permission(request):
        return context
    scope = scope_of(request)
    now = timezone.now()
    zone = ZoneInfo("UTC") if scope.organization is None else scope.organization.zone
    today = day_of(now, zone)
    days = _days(scope, zone, now, today)
    is_idle = not any(figures.numbers.calls for figures in days.values())
    return context | {
        "title": "Start",
        "has_heading": True,
        "start": {
            "day": f"{today:%A, %-d %B}",
            "zone": zone.key,
            "steps": first_steps(scope) if is_idle else [],
            "tiles": _tiles(scope, zone, now, today, days),
            "days": _day_rows(scope, days),
            "outcomes": list(Outcome),
            "chart": _chart(scope, days),
            "needs": needs_of(request, scope, now),
            "number_of_days": DAYS,
            "number_of_weeks": WEEKS,
            **(_of_one(scope, zone, now) if scope.organization_id and not is_idle else {}),
            **(_of_all(today) if scope.organization_id is None else {}),
        },
        "live": live_context(scope, page="start"),
        "board": box_of(scope),
        "form": scope.form,
    }


def _days(scope: Scope, zone: ZoneInfo, now: datetime, today: date) -> dict[date, Figures]:
    if scope.organization_id is None:
        return days_of_all(today=today)
    return days_of(organization_id=scope.organization_id, zone=zone, now=now, sight=scope.sight)


# ---- Tiles -------------------------------------------------------------------------------------------------------


def _tiles(scope: Scope, zone: ZoneInfo, now: datetime, today: date, days: dict[date, Figures]) -> list[Tile]:
    """Today as far as it has come; of all organizations, each with a day of its own, full hours are compared."""
    if scope.organization_id is None:
        newer, older = by_full_hours_of_all(today=today, now=now)
        words = f"last {today:%A}, by full hours"
    else:
        newer = days[today]
        older = same_day_last_week(organization_id=scope.organization_id, zone=zone, now=now, sight=scope.sight)
        words = f"last {today:%A} by {now.astimezone(zone):%H:%M}"
    address = _calls_of_day(scope, today)
    return [tile(measure, days[today], newer, older, words, address) for measure in MEASURES]


# ---- Days --------------------------------------------------------------------------------------------------------


def _day_rows(scope: Scope, days: dict[date, Figures]) -> list[DayRow]:
    return [
        DayRow(
            label=f"{day:%a %-d %b}",
            counts=[figures.outcomes[outcome] for outcome in Outcome],
            total=figures.numbers.calls,
            address=_calls_of_day(scope, day),
        )
        for day, figures in days.items()
    ]


def _chart(scope: Scope, days: dict[date, Figures]) -> dict[str, Any]:
    """What Chart.js draws; its colours are those of the style sheet, by the outcome's name."""
    rows = _day_rows(scope, days)
    return {
        "labels": [row.label for row in rows],
        "addresses": [row.address for row in rows],
        "outcomes": [
            {"key": outcome.name.lower(), "label": str(outcome), "counts": [row.counts[place] for row in rows]}
            for place, outcome in enumerate(Outcome)
        ],
    }


def _calls_of_day(scope: Scope, day: date) -> str:
    return list_in(scope, "calls.call", {"start_time_from": day.isoformat(), "start_time_to": day.isoformat()})


# ---- Hours, agents and numbers; organizations --------------------------------------------------------------------


def _of_one(scope: Scope, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    assert scope.organization_id is not None
    asked: Any = {"organization_id": scope.organization_id, "zone": zone, "now": now, "sight": scope.sight}
    tops = tops_of(**asked)
    return {
        "heat": _heat(hours_of_week(**asked)),
        "hours": range(24),
        "has_tops": True,
        "agents": None if tops is None else _top_rows(tops.agents, lambda top: _calls_of_agent(scope, top)),
        "numbers": None
        if tops is None
        else _top_rows(tops.numbers, lambda top: list_in(scope, "calls.call", {"q": top.name})),
    }


def _heat(hours: dict[int, int]) -> list[HeatRow]:
    most = max(hours.values(), default=0)

    def cell(hour: int) -> Cell:
        calls = hours.get(hour, 0)
        return Cell(calls, math.ceil(_LEVELS * calls / most) if calls else 0)

    return [HeatRow(name, [cell(24 * day + hour) for hour in range(24)]) for day, name in enumerate(_DAYS_OF_WEEK)]


def _calls_of_agent(scope: Scope, top: Top) -> str:
    query = {"ai_agent__id__exact": top.agent_id} if top.agent_id else {"agent_name": top.name}
    return list_in(scope, "calls.call", query)


def _top_rows(tops: Sequence[Any], address_of: Callable[[Any], str]) -> list[TopRow]:
    most = max((top.calls for top in tops), default=0)
    return [
        TopRow(
            name=top.name,
            calls=whole(top.calls),
            answered=percent(top.answered / top.calls) if top.calls else "",
            share=max(1, round(20 * top.calls / most)),
            address=address_of(top),
        )
        for top in tops
    ]


def _of_all(today: date) -> dict[str, Any]:
    organizations = top_organizations(today=today)
    index = reverse("admin:index")
    return {
        "organizations": _top_rows(organizations, lambda top: f"{index}?{urlencode({PARAMETER: top.organization_id})}")
    }
