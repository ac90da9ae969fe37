"""The calls that vendors push while they go on."""

from __future__ import annotations

from calls.models import Call, LiveCall, LiveTurn
from calls.models.live_call import LiveState
from calls.reports import TranscriptTurn


def live_calls_at_once(*, organization_id: str, at_most: int) -> int:
    """How many go on, counted up to `at_most`. One statement."""
    live = LiveCall.objects.of_organization(organization_id).filter(state=LiveState.LIVE)
    return live.order_by()[:at_most].count()


def pushed_call_id(*, organization_id: str, user_id: str, external_call_id: str) -> str | None:
    """A user's call by the vendor's identifier. One statement."""
    calls = Call.objects.of_organization(organization_id).filter(user_id=user_id, external_call_id=external_call_id)
    found: str | None = calls.values_list("pk", flat=True).first()
    return found


def turns_told(*, organization_id: str, call_id: str) -> tuple[TranscriptTurn, ...]:
    """The turns so far, in the order in which they were spoken. One statement."""
    turns = LiveTurn.objects.of_organization(organization_id).filter(live_id=call_id).order_by("place")
    return tuple(
        TranscriptTurn(role="agent" if turn.role == "agent" else "user", message=turn.message, timestamp=turn.timestamp)
        for turn in turns
    )
