"""On the page of a call: that its customer wants no more calls."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from calls.models import Call
from calls.opt_out.heard import HeardBy
from tether_calls.common.admin.display import moment

_HOW = {
    HeardBy.PHRASE: "Heard in what was said",
    HeardBy.TOOL: "Said to the agent, who passed it on",
    HeardBy.HUMAN: "Marked by a person",
}


@dataclass(frozen=True)
class OptOutBox:
    """`address`: where it is undone; None for those who may not."""

    how: str
    at: str
    text: str
    seconds: float | None
    address: str | None


def opt_out_box(call: Call, *, may_undo: bool) -> OptOutBox | None:
    """None where nothing of the kind is known. No statement."""
    if call.opted_out_at is None or call.opt_out is None:
        return None
    turn = _turn(call, call.opt_out.get("turn"))
    return OptOutBox(
        how=_HOW[HeardBy(call.opt_out["by"])],
        at=moment(call.opted_out_at),
        text=call.opt_out.get("text", ""),
        seconds=turn.get("timestamp"),
        address=reverse("admin:calls_call_not_opted_out", args=[call.pk]) if may_undo else None,
    )


def _turn(call: Call, number: int | None) -> dict[str, float]:
    turns = call.ai_transcript or []
    return turns[number] if number is not None and number < len(turns) else {}
