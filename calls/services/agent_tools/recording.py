"""What the person says to the recording of the call."""

from __future__ import annotations

from calls.providers.tools import ToolReply
from calls.recording_consent import ConsentState, RecordingConsent
from calls.services.agent_tools.asked import Asked, CannotBeDone
from calls.services.lifecycle.keep_consent import keep_consent

_SAYABLE = (ConsentState.ANNOUNCED, ConsentState.GRANTED, ConsentState.DENIED)


def recording_consent(asked: Asked) -> ToolReply:
    """Kept before it is answered; of a no, the audio is taken away by a job. At most five statements."""
    told = asked.required_text("state", 20).lower()
    if told not in _SAYABLE:
        raise CannotBeDone(f"state is one of {', '.join(_SAYABLE)}.")
    if asked.call_id is None:
        raise CannotBeDone("This conversation is of no call that is known.")
    state = ConsentState(told)
    keep_consent(
        organization_id=asked.organization_id,
        call_id=asked.call_id,
        consent=RecordingConsent(state, asked.at, "tool"),
    )
    if state is ConsentState.DENIED:
        return ToolReply(success=True, message="No recording of this call is kept.")
    return ToolReply(success=True, message="It is noted.")
