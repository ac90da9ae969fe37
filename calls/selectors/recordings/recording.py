"""A call's recording, to be played."""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import Call, Recording


@dataclass(frozen=True)
class PlayableCall:
    """A call with its transcript and, where it has one, its newest recording."""

    call: Call
    recording: Recording | None


def playable_call(*, organization_id: str, call_id: str) -> PlayableCall | None:
    """None where the organization has no such call. Two statements."""
    call = Call.objects.of_organization(organization_id).filter(pk=call_id).first()
    if call is None:
        return None
    return PlayableCall(call, Recording.objects.filter(call_id=call_id).order_by("-id").first())
