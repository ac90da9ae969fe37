"""The one message that a call leaves in its conversation, kept up to date while reports of the call come in."""

from __future__ import annotations

from calls.models import Call, CallStatus
from conversations.services import leave_call_message, revise_call_message


def keep_call_message(*, call: Call) -> bool:
    """Leave the ended call's message, or bring the one that is there up to date: with a summary, a figure, a name.

    Returns whether there is something new to read. To be called in the transaction that changed the call, which holds
    the call's lock: so there is never a second message.
    """
    if call.conversation_id is None or call.contact_id is None or call.transferred_from_id is not None:
        # What was handed over goes on in the agent's call, which has one.
        return False
    content = call.ai_summary or plain_words(call)
    at = call.end_time or call.start_time
    is_ai_generated = bool(call.ai_summary)
    revised = revise_call_message(
        organization_id=call.organization_id,
        call_id=call.pk,
        content=content,
        status=call.status,
        sent_by=call.agent_name,
        is_ai_generated=is_ai_generated,
        at=at,
    )
    if revised is not None:
        return revised
    leave_call_message(
        organization_id=call.organization_id,
        conversation_id=call.conversation_id,
        contact_id=call.contact_id,
        call_id=call.pk,
        content=content,
        direction=call.direction,
        status=call.status,
        sent_by=call.agent_name,
        is_ai_generated=is_ai_generated,
        at=at,
    )
    return True


def plain_words(call: Call) -> str:
    """What the conversation shows where there is no summary: status and duration."""
    return f"Call {CallStatus(call.status).label.lower()} ({call.duration or 0:.10g} s)"
