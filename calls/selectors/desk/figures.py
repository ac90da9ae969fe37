"""What the start page counts: the days of two weeks, the hours of a week, agents and numbers. From what is added up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, Sum

from calls.models import CallDirection, CallRollup, CallStatus, Prompt, Span
from calls.outcomes import OF_MACHINES
from calls.selectors.counting.hours import from_text, minutes_into
from calls.selectors.counting.sources import Question, Time
from calls.selectors.counting.statement import ANSWERED
from calls.selectors.counting.tally import Key, Numbers, tally
from tether_calls.accounts.models import Organization
from tether_calls.common.days import begin_of_day, day_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.sight import Sight

# Today is the last of them.
DAYS = 14
# The heat map is of whole weeks, so that no hour of the week has more days than another; they end with yesterday.
WEEKS = 4
# The longest lists of agents and numbers that are read to find the first few.
_MOST_GROUPS = 20_000
_TOP = 5
_TOP_ORGANIZATIONS = 20
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_TOLD_APART = ("direction", "status", "answered_by")


class Outcome(StrEnum):
    """How a call came out, as people speak of it; in the order in which a bar is built, from below."""

    ANSWERED = "Answered"
    MACHINE = "Machine answered"
    NO_ANSWER = "No answer"
    BUSY = "Busy"
    CANCELED = "Canceled"
    FAILED = "Failed"
    OPEN = "Not over yet"


_OUTCOMES: Mapping[str, Outcome] = {
    CallStatus.NO_ANSWER: Outcome.NO_ANSWER,
    CallStatus.BUSY: Outcome.BUSY,
    CallStatus.CANCELED: Outcome.CANCELED,
    CallStatus.FAILED: Outcome.FAILED,
    CallStatus.INITIATED: Outcome.OPEN,
    CallStatus.RINGING: Outcome.OPEN,
}
_MISSED = frozenset({CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.CANCELED, CallStatus.FAILED})


def outcome_of(status: str, answered_by: str) -> Outcome:
    if status in ANSWERED:
        return Outcome.MACHINE if answered_by in OF_MACHINES else Outcome.ANSWERED
    return _OUTCOMES[status]


@dataclass
class Figures:
    """Of some calls. `missed`: those of people who called us, and whom nobody answered. Cost in ten-thousandths."""

    numbers: Numbers = field(default_factory=Numbers)
    missed: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def add(self, direction: str, status: str, answered_by: str, numbers: Numbers) -> None:
        self.numbers.merge(numbers)
        self.outcomes[outcome_of(status, answered_by)] += numbers.calls
        if direction == CallDirection.INBOUND and status in _MISSED:
            self.missed += numbers.calls


@dataclass(frozen=True)
class Top:
    """An agent or a number, with how many calls. `agent_id` is empty of a vendor's agent."""

    name: str
    calls: int
    answered: int
    agent_id: str = ""


@dataclass(frozen=True)
class Tops:
    """Those with most calls, the first first."""

    agents: list[Top]
    numbers: list[Top]


@dataclass(frozen=True)
class TopOrganization:
    organization_id: str
    name: str
    calls: int
    answered: int


def days_of(*, organization_id: str, zone: ZoneInfo, now: datetime, sight: Sight | None) -> dict[date, Figures]:
    """The last DAYS days, today last and as far as it has come. One statement, as of `tally`."""
    today = day_of(now, zone)
    asked = Question(
        organization_id=organization_id,
        seen_by=sight,
        zone=zone,
        begin=begin_of_day(today - (DAYS - 1) * _DAY, zone),
        dimensions=_TOLD_APART,
        time=Time.DAY,
        with_cost=True,
    )
    found = ((key[-1], key[:-1], numbers) for key, numbers in tally(asked).items())
    return _by_day(today, found)


def same_day_last_week(*, organization_id: str, zone: ZoneInfo, now: datetime, sight: Sight | None) -> Figures:
    """The same weekday a week ago, until the same time by the clock. One statement, as of `tally`."""
    local = now.astimezone(zone).replace(tzinfo=None) - _WEEK
    asked = Question(
        organization_id=organization_id,
        seen_by=sight,
        zone=zone,
        begin=begin_of_day(day_of(now, zone) - _WEEK, zone),
        end=local.replace(tzinfo=zone),
        dimensions=_TOLD_APART,
        with_cost=True,
    )
    figures = Figures()
    for (direction, status, answered_by), numbers in tally(asked).items():
        figures.add(direction, status, answered_by, numbers)
    return figures


def hours_of_week(*, organization_id: str, zone: ZoneInfo, now: datetime, sight: Sight | None) -> dict[int, int]:
    """How many calls began in each hour of the week (0 is Monday's first) of the last WEEKS weeks; one statement."""
    today = day_of(now, zone)
    asked = Question(
        organization_id=organization_id,
        seen_by=sight,
        zone=zone,
        begin=begin_of_day(today - WEEKS * _WEEK, zone),
        end=begin_of_day(today, zone),
        time=Time.HOUR_OF_WEEK,
    )
    return {key[-1]: numbers.calls for key, numbers in tally(asked).items()}


def tops_of(*, organization_id: str, zone: ZoneInfo, now: datetime, sight: Sight | None) -> Tops | None:
    """The agents, and our numbers, with most calls of the last DAYS days. One statement, and one for agents' names.

    None where there are too many of both to be told apart on a page.
    """
    asked = Question(
        organization_id=organization_id,
        seen_by=sight,
        zone=zone,
        begin=begin_of_day(day_of(now, zone) - (DAYS - 1) * _DAY, zone),
        dimensions=("ai_agent_id", "agent_name", "provider_phone_number"),
        most_groups=_MOST_GROUPS,
    )
    try:
        found = tally(asked)
    except TetherError as error:
        if error.code is not ErrorCode.TOO_MANY_GROUPS:
            raise
        return None
    agents: dict[Key, Numbers] = defaultdict(Numbers)
    ours: dict[Key, Numbers] = defaultdict(Numbers)
    for (agent_id, agent_name, number), numbers in found.items():
        if agent_id or agent_name:
            # One of the organization's own has a name of its own.
            agents[agent_id, "" if agent_id else agent_name].merge(numbers)
        if number:
            ours[number,].merge(numbers)
    first = _first(agents)
    ids = {agent_id for (agent_id, _), _ in first if agent_id}
    named = Prompt.objects.of_organization(organization_id).filter(pk__in=ids)
    names = dict(named.values_list("pk", "name")) if ids else {}
    return Tops(
        agents=[
            Top(names.get(agent_id, "") or name or "An agent that is gone", each.calls, each.answered, agent_id)
            for (agent_id, name), each in first
        ],
        numbers=[Top(number, each.calls, each.answered) for (number,), each in _first(ours)],
    )


def days_of_all(*, today: date) -> dict[date, Figures]:
    """The same days of all organizations, each by its own clock and as far as they are added up. One statement."""
    sums = _days_of_everybody(today).values_list("begins", *_TOLD_APART)
    found = sums.annotate(Sum("calls"), Sum("microseconds"), Sum("cost"))
    return _by_day(today, ((row[0], row[1:4], _numbers(row[2], *map(int, row[4:]))) for row in found))


def by_full_hours_of_all(*, today: date, now: datetime) -> tuple[Figures, Figures]:
    """Today, and the same weekday a week ago, of all organizations: each until the last full hour by its own clock.

    As far as they are added up. Two statements.
    """
    zones = {each.pk: each.zone for each in Organization.objects.only("time_zone").order_by()}
    until = cache(_minutes_until)
    compared = {today: Figures(), today - _WEEK: Figures()}
    rows = _days_of_everybody(today).filter(begins__in=list(compared))
    for organization_id, day, *told_apart, hours in rows.values_list(
        "organization_id", "begins", *_TOLD_APART, "hours"
    ):
        if organization_id not in zones:
            continue
        direction, status, answered_by = told_apart
        end = until(zones[organization_id], day, today, now)
        for minutes, sums in from_text(hours).items():
            if minutes < end:
                compared[day].add(direction, status, answered_by, _numbers(status, *sums))
    return compared[today], compared[today - _WEEK]


def _minutes_until(zone: ZoneInfo, day: date, today: date, now: datetime) -> int:
    """How much of a day counts: until the hour that the clock shows on `today`; all of it where that is over."""
    local = now.astimezone(zone).replace(tzinfo=None) - (today - day)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return minutes_into(day, min(max(moment, begin_of_day(day, zone)), begin_of_day(day + _DAY, zone)), zone)


def top_organizations(*, today: date) -> list[TopOrganization]:
    """Those with most calls of the last DAYS days. Two statements."""
    counted = _days_of_everybody(today).values_list("organization_id")
    sums = counted.annotate(total=Sum("calls"), answered=Sum("calls", filter=Q(status__in=ANSWERED), default=0))
    first = list(sums.order_by("-total", "organization_id")[:_TOP_ORGANIZATIONS])
    names = dict(Organization.objects.filter(pk__in=[row[0] for row in first]).values_list("pk", "name"))
    return [TopOrganization(pk, names[pk], int(total), int(answered)) for pk, total, answered in first if pk in names]


def _days_of_everybody(today: date) -> QuerySet[CallRollup, Any]:
    # One organization after the other: the index begins with it.
    # wall: of all organizations
    days = CallRollup.objects.filter(organization_id__in=Organization.objects.order_by().values("pk"))
    return days.filter(
        is_fine=False, span=Span.DAY, begins__gte=today - (DAYS - 1) * _DAY, begins__lte=today
    ).order_by()


def _numbers(status: str, calls: int, microseconds: int, cost: int) -> Numbers:
    is_answered = status in ANSWERED
    return Numbers(calls, calls * is_answered, microseconds, microseconds * is_answered, cost)


def _by_day(today: date, found: Iterable[tuple[date, Key, Numbers]]) -> dict[date, Figures]:
    days = {today - back * _DAY: Figures() for back in range(DAYS - 1, -1, -1)}
    for day, (direction, status, answered_by), numbers in found:
        if day in days:
            days[day].add(direction, status, answered_by, numbers)
    return days


def _first(groups: Mapping[Key, Numbers]) -> list[tuple[Key, Numbers]]:
    return sorted(groups.items(), key=lambda group: (-group[1].calls, group[0]))[:_TOP]
