"""What a provider is told of a call that it is asked about."""

from __future__ import annotations

from calls.models import Call
from calls.providers.call_state import CallInQuestion
from calls.selectors.find_call import UNANSWERED


def call_in_question(call: Call, provider_call_id: str | None) -> CallInQuestion:
    """The call, under the id that the provider has for it, where it has told us."""
    return CallInQuestion(
        call_id=call.pk,
        provider_call_id=provider_call_id,
        provider_agent_id=call.ai_agent.elevenlabs_agent_id if call.ai_agent else None,
        created_at=call.created_at,
        was_answered=call.answer_time is not None or call.status not in UNANSWERED,
    )
