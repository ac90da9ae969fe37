"""Drawing the calls that are to be heard: by lot, evenly over agents and kinds, the same again by the same seed."""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from calls.models import Call, ListeningQueue, QueuedCall, Recording, Strata
from tether_calls.common.days import begin_of_day, day_of

# How far back days are drawn that have not been.
DAYS_BACK: Final = 7
# Seconds: shorter ones are of the first kind, and so on.
_LENGTHS: Final = (30, 120, 600)
_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Drawable:
    """`agent`: an agent of ours by its id, a vendor's by its name, else whoever of us spoke."""

    call_id: str
    agent: str
    outcome: str
    seconds: float


def draw(calls: Iterable[Drawable], *, seed: str, per_agent: int, strata: str) -> list[str]:
    """The ids of those that are drawn, in the order in which they are heard: no agent's calls in a row.

    Of each agent as many of each kind as there are, as evenly as can be, and of each kind those with the lowest lots.
    Memory is for `per_agent` calls of each agent and kind, however many calls there are.
    """
    kinds: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for call in calls:
        lots = kinds[call.agent, _kind_of(call, strata)]
        # The heap has the highest lot on top: it goes when a lower one comes.
        heapq.heappush(lots, (-_lot(seed, call.call_id), call.call_id))
        if len(lots) > per_agent:
            heapq.heappop(lots)
    agents: dict[str, list[list[str]]] = defaultdict(list)
    for (agent, _), lots in sorted(kinds.items(), key=lambda item: _lot(seed, *item[0])):
        agents[agent].append([call_id for _, call_id in sorted(lots, reverse=True)])
    return _in_turns([_in_turns(of_agent)[:per_agent] for of_agent in agents.values()])


@transaction.atomic
def draw_due(queue: ListeningQueue, *, now: datetime) -> int:
    """Draw the whole days of the last DAYS_BACK that have not been; returns how many calls were.

    Two statements where nothing is due, three more for each day that is.
    """
    if queue.is_archived:
        return 0
    zone = queue.organization.zone
    today = day_of(now, zone)
    wanted = [today - timedelta(days=number) for number in range(DAYS_BACK, 0, -1)]
    # Those who ask at once take turns.
    ListeningQueue.objects.of_organization(queue.organization_id).select_for_update(no_key=True).get(pk=queue.pk)
    done = set(queue.draws.filter(day__in=wanted).values_list("day", flat=True))
    return sum(_draw_day(queue, day) for day in wanted if day not in done)


def _draw_day(queue: ListeningQueue, day: date) -> int:
    zone = queue.organization.zone
    calls = Call.objects.of_organization(queue.organization_id).filter(
        # wall: of these calls
        Exists(Recording.objects.filter(call_id=OuterRef("pk"))),
        start_time__gte=begin_of_day(day, zone),
        start_time__lt=begin_of_day(day + timedelta(days=1), zone),
    )
    if queue.least_seconds:
        calls = calls.filter(duration__gte=queue.least_seconds)
    if queue.direction:
        calls = calls.filter(direction=queue.direction)
    if queue.disposition_id is not None:
        calls = calls.filter(disposition_id=queue.disposition_id)
    if queue.tag_id is not None:
        calls = calls.filter(tag_rows__tag_id=queue.tag_id)
    found = 0

    def drawable() -> Iterator[Drawable]:
        nonlocal found
        columns = ("pk", "ai_agent_id", "agent_name", "user_id", "end_reason", "status", "duration")
        rows = calls.order_by().values_list(*columns)
        for pk, agent_id, agent_name, user_id, end_reason, status, duration in rows.iterator(chunk_size=_AT_ONCE):
            found += 1
            yield Drawable(pk, agent_id or agent_name or user_id or "", end_reason or status, duration or 0)

    drawn = draw(drawable(), seed=queue.seed, per_agent=queue.per_agent, strata=queue.strata)
    queue.draws.create(day=day, found=found)
    rows = [QueuedCall(queue=queue, call_id=pk, day=day, position=place) for place, pk in enumerate(drawn)]
    QueuedCall.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)
    return len(rows)


def _kind_of(call: Drawable, strata: str) -> str:
    length = str(sum(call.seconds >= bound for bound in _LENGTHS))
    match strata:
        case Strata.OUTCOME:
            return call.outcome
        case Strata.DURATION:
            return length
        case Strata.BOTH:
            return f"{call.outcome} {length}"
    return ""


def _lot(seed: str, *names: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join((seed, *names)).encode()).digest()[:8])


def _in_turns(lists: list[list[str]]) -> list[str]:
    """The first of each, then the second of each, and so on."""
    longest = max(map(len, lists), default=0)
    return [each[place] for place in range(longest) for each in lists if place < len(each)]
