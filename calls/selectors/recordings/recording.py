"""A call's recording, to be played."""

from __future__ import annotations

from dataclasses import dataclass

from calls.models import Call, Recording
from tether_calls.common.errors import ErrorCode
from tether_calls.common.sight import Sight


@dataclass(frozen=True)
class PlayableCall:
    """A call with its transcript and, where it has one, its newest recording."""

    call: Call
    recording: Recording | None


def playable_call(*, organization_id: str, call_id: str, sight: Sight | None) -> PlayableCall:
    """One call, to be listened to. Two statements. Raises CALL_NOT_FOUND."""
    calls = Call.objects.of_organization(organization_id).seen_by(sight)
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    return PlayableCall(call, call.recordings.order_by("-id").first())
