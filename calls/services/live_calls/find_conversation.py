"""Which conversation goes on in a call that a carrier has handed over to an agent: asked while somebody reads along.

The agents' provider tells of such a conversation only when it is over. Until then it is found by our own id, which the
carrier sends along with the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db import IntegrityError

from calls.models import Call
from calls.providers.registry import agents_provider
from calls.reports import CallReport
from calls.selectors.voice_accounts.agents_account import AgentsAccount
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.call_in_question import call_in_question
from calls.services.lifecycle.hand_over import join_transfers
from tether_calls.common.http.limits import FetchLimits

# Of each request: the lock of who listens is renewed between two, and has this much left at least.
_LIMITS: Final = FetchLimits(connect_seconds=3, read_seconds=5, total_seconds=7, max_bytes=10 * 1024 * 1024)


def find_conversation(
    *, organization_id: str, call_id: str, known: AgentsAccount, is_wanted: Callable[[], bool]
) -> str | None:
    """Its name there, which the call has from then on; None as long as there is none. Not within a transaction.

    Several conversations may have to be asked about; before each `is_wanted` says whether that goes on. Raises
    ProviderError, and what `is_wanted` raises.
    """
    provider = agents_provider()
    calls = Call.objects.of_organization(organization_id).without_transcript().select_related("ai_agent")
    call = calls.filter(pk=call_id).first()
    # A dial of the provider's own is named by its answer.
    if call is None or call.provider == provider.name:
        return None
    question = call_in_question(call, call.provider_call_id)
    found = provider.conversation_of(known.credentials, question, limits=_LIMITS, is_wanted=is_wanted)
    if found is None or not is_wanted():
        return None
    report = CallReport(provider=provider.name, provider_call_id=found)
    try:
        call = apply_report(organization_id=organization_id, call_id=call_id, report=report).call
    except (Call.DoesNotExist, IntegrityError):
        return None  # discarded since, or the conversation is another call's
    join_transfers(call=call, provider=provider.name, conversation_id=found)
    return found
