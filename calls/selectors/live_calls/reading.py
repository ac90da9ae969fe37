"""What is said in calls that go on, for those who read along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from calls.models import Call, LiveTurn
from calls.selectors.desk.under_way import RUNNING
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.sight import Sight
from tether_calls.realtime.turns import Heard, Turn

# In one reading: calls with something new, and turns of these. What is more comes with the next one.
_CALLS_AT_ONCE = 200
_TURNS_AT_ONCE = 500


@dataclass(frozen=True)
class LiveReading:
    """A call and its turns so far: the live ones, or its transcript once there is one."""

    call: Call
    turns: Sequence[Mapping[str, Any]]

    @property
    def goes_on(self) -> bool:
        return self.call.status in RUNNING


def live_reading(*, organization_id: str, call_id: str, sight: Sight | None) -> LiveReading:
    """One statement, two for a call that goes on. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).seen_by(sight)
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    if call.status not in RUNNING:
        return LiveReading(call, call.ai_transcript or ())
    turns = LiveTurn.objects.of_organization(organization_id).filter(live_id=call_id).order_by("place")
    return LiveReading(call, [turn.as_document() for turn in turns])


def check_goes_on(*, organization_id: str, call_id: str, sight: Sight | None) -> None:
    """One statement. Raises CALL_NOT_FOUND, CALL_HAS_ENDED."""
    calls = Call.objects.of_organization(organization_id).without_transcript().seen_by(sight)
    if calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id).status not in RUNNING:
        raise TetherError(ErrorCode.CALL_HAS_ENDED)


class ReadsOn:
    """What sockets that read along are told: half of a `TurnSource`."""

    def read_on(self, organization_id: str, known: Mapping[str, int]) -> Heard:
        """One statement, two where something was said. A call that has been deleted is over."""
        calls = Call.objects.of_organization(organization_id).filter(pk__in=known).order_by()
        states = {
            call_id: (status in RUNNING, count or 0)
            for call_id, status, count in calls.values_list("pk", "status", "live__turn_count")
        }
        through = {call_id: count for call_id, (_, count) in states.items()}
        over = frozenset(call_id for call_id in known if not states.get(call_id, (False, 0))[0])
        behind = [call_id for call_id, count in through.items() if count > known[call_id]]
        if not behind:
            return Heard({}, over, through)
        # Calls of which as much is known are one condition: a hundred in one statement take the planner longer than
        # their rows take.
        alike: dict[int, list[str]] = defaultdict(list)
        for call_id in behind[:_CALLS_AT_ONCE]:
            alike[known[call_id]].append(call_id)
        wanted = [Q(live_id__in=call_ids, sequence__gt=sequence) for sequence, call_ids in alike.items()]
        turns = LiveTurn.objects.of_organization(organization_id).filter(reduce(or_, wanted))
        rows = list(turns.order_by("live_id", "sequence")[: _TURNS_AT_ONCE + 1])
        found: dict[str, list[Turn]] = defaultdict(list)
        for row in rows[:_TURNS_AT_ONCE]:
            data = {"callId": row.live_id, "place": row.place, "turn": row.as_document()}
            found[row.live_id].append(Turn(row.sequence, row.created_at, data))
        is_cut = len(rows) > _TURNS_AT_ONCE or len(behind) > _CALLS_AT_ONCE
        return Heard(found, over, through, is_cut)
