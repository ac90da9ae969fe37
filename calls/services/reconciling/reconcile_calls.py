"""Calls of which no more is heard: their providers are asked, and the rows end as the calls did."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.db import DatabaseError
from django.utils import timezone

from calls.models import Call, CallStatus
from calls.providers.call_state import ProviderState
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import agents_provider, provider_of
from calls.selectors.find_call import UNANSWERED
from calls.selectors.reconciling.unsettled import calls_not_ended, calls_without_audio, lacks_audio
from calls.services.lifecycle.change_status import has_ended
from calls.services.reconciling.finish_lookup import (
    Outcome,
    Reconciliation,
    end_as_told,
    fail,
    fetch_audio,
    name_conversation,
)
from calls.services.reconciling.look_up_call import look_up_call, look_up_conversation
from tether_calls.background.jobs import until_stopping

logger = logging.getLogger(__name__)

# Calls of an organization without credentials, or that a browser reports as answered, end after that.
GIVE_UP_AFTER: Final = timedelta(hours=24)
# A dial is decided by then: before, a conversation that is not found may still begin.
_DIAL_TAKES: Final = timedelta(minutes=2)
# After these, further questions to the same account would fare alike.
_CLOSING: Final = frozenset(
    {
        ProviderProblem.UNAUTHORIZED,
        ProviderProblem.BUSY,
        ProviderProblem.UNAVAILABLE,
        ProviderProblem.UNKNOWN,
    }
)
_LEFT_ALONE = frozenset({Outcome.GOING_ON, Outcome.NOT_REACHED, Outcome.NO_CREDENTIALS})


def reconcile_calls(
    *,
    older_than: timedelta,
    organization_id: str | None = None,
    call_id: str | None = None,
    limit: int = 500,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> Reconciliation:
    """Settle calls that were made longer than `older_than` ago and have not ended, and fetch recordings that did not
    come; or look at one call of any age. Not within a transaction.

    At most `limit` of each; those first that were looked at longest ago. Two runs at once are harmless.
    """
    run = Reconciliation()
    for each in until_stopping(progress(_candidates(older_than, organization_id, call_id, limit))):
        outcome = _attempt(each, run)
        run.outcomes[outcome] += 1
    return run


def _candidates(older_than: timedelta, organization_id: str | None, call_id: str | None, limit: int) -> list[str]:
    if call_id is not None:
        return [call_id]
    now = timezone.now()
    before = now - older_than
    return [
        *calls_not_ended(created_before=before, organization_id=organization_id, limit=limit),
        *calls_without_audio(ended_before=before, now=now, organization_id=organization_id, limit=limit),
    ]


def _attempt(call_id: str, run: Reconciliation) -> Outcome:
    try:
        # wall: the job, or the operator's command, names calls of every organization
        call = Call.objects.without_transcript().select_related("ai_agent").filter(pk=call_id).first()
        if call is None or not _is_open(call):
            return Outcome.SETTLED_BEFORE
        outcome = _settle(call, run)
    except Exception:
        # An unforeseen error of one call must not keep the others from being looked at.
        logger.exception("Call %s cannot be reconciled", call_id)
        run.broken += 1
        outcome = Outcome.BROKEN
    if outcome in _LEFT_ALONE or outcome is Outcome.BROKEN:
        with suppress(DatabaseError):
            # To the end of the line: what cannot be settled must not keep others from it.
            # wall: the call above, also where it could not be read
            Call.objects.filter(pk=call_id).update(updated_at=timezone.now())
    return outcome


def _is_open(call: Call) -> bool:
    if not has_ended(call):
        return provider_of(call.provider).reports_calls
    is_own = provider_of(call.provider).holds_conversations
    conversation_id = call.provider_call_id if is_own else call.ai_conversation_id
    return call.status == CallStatus.COMPLETED and conversation_id is not None and lacks_audio(call)


def _settle(call: Call, run: Reconciliation) -> Outcome:
    ended = has_ended(call)
    is_unnamed = call.provider_call_id is None and not provider_of(call.provider).holds_conversations
    if is_unnamed and call.ai_conversation_id is None:
        return _unheard(call)
    by_conversation = ended or is_unnamed
    account = (call.organization_id, agents_provider().name if by_conversation else call.provider)
    if account in run.closed:
        return Outcome.NOT_REACHED
    try:
        found = look_up_conversation(call) if by_conversation else look_up_call(call)
    except ProviderError as error:
        return _not_told(call, error, account, run)
    if ended:
        return fetch_audio(call=call, found=found, run=run)
    if found.state is ProviderState.UNKNOWN:
        if call.provider_call_id is None and timezone.now() - call.created_at < _DIAL_TAKES:
            return Outcome.GOING_ON
        return fail(call=call, reason="unknown_at_provider")
    if found.state is ProviderState.GOING_ON:
        name_conversation(call=call, found=found)
        return Outcome.GOING_ON
    return end_as_told(call=call, found=found, run=run)


def _unheard(call: Call) -> Outcome:
    """A call that its provider has not reported, or cannot be asked about."""
    if call.status not in UNANSWERED and timezone.now() - call.created_at < GIVE_UP_AFTER:
        return Outcome.GOING_ON
    return fail(call=call, reason="unheard_of")


def _not_told(call: Call, error: ProviderError, account: tuple[str, str], run: Reconciliation) -> Outcome:
    if error.problem is ProviderProblem.NOT_SUPPORTED and not has_ended(call):
        return _unheard(call)
    if error.problem is ProviderProblem.NOT_CONFIGURED:
        is_given_up = not has_ended(call) and timezone.now() - call.created_at >= GIVE_UP_AFTER
        return fail(call=call, reason="no_credentials") if is_given_up else Outcome.NO_CREDENTIALS
    run.problems[str(error)] += 1
    if error.problem in _CLOSING:
        run.closed.add(account)
    return Outcome.NOT_REACHED
