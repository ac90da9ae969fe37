"""A user hangs up: the provider is asked to end the call, then the call is ended here."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from django.db import transaction

from calls.models import Call, CallStatus
from calls.outcomes import EndFault, Ending, EndReason, Weight
from calls.providers.base import Provider
from calls.providers.call_state import CarrierLeg, ProviderState
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import provider_of
from calls.selectors.find_call import UNANSWERED
from calls.selectors.voice_accounts.accounts import credentials_of
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.call_in_question import call_in_question
from calls.services.lifecycle.change_status import has_ended
from calls.services.lifecycle.end_call import end_call
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.http import FetchLimits
from tether_calls.realtime.events import EventName

# Interactive: short time-outs.
_LIMITS = FetchLimits(connect_seconds=5, read_seconds=10, total_seconds=15, max_bytes=1024 * 1024)

_TAKEN_BACK = Ending(EndReason.CANCELED, EndFault.US, Weight.DEED)
_HUNG_UP = Ending(EndReason.AGENT_HANGUP, weight=Weight.DEED)


class Termination(Enum):
    """How it went; all three are successes."""

    HUNG_UP = auto()
    # There was no provider to ask: it has not named the call to us, or the organization has no account there.
    ENDED_HERE = auto()
    WAS_OVER = auto()


def terminate_call(*, organization_id: str, call_id: str) -> Termination:
    """End a call at its provider and here.

    Raises CALL_NOT_FOUND, CALL_NOT_TERMINABLE (its provider can end no call, or not in the organization's account),
    PROVIDER_ERROR and PROVIDER_UNKNOWN: the call is unchanged then.
    """
    calls = Call.objects.of_organization(organization_id).without_transcript()
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    if has_ended(call):
        return Termination.WAS_OVER
    was_asked = _hang_up(call)
    is_ended = _end(call)
    if is_ended is None:
        return terminate_call(organization_id=organization_id, call_id=call_id)
    if not is_ended:
        return Termination.WAS_OVER
    return Termination.HUNG_UP if was_asked else Termination.ENDED_HERE


def may_end(call: Call) -> bool:
    """Whether `terminate_call` can do anything about a call of this provider, as far as that is known here."""
    provider = provider_of(call.provider)
    return provider.can("hang_up") or not provider.reports_calls


def _hang_up(call: Call) -> bool:
    """Ask the provider, outside any transaction; returns whether there was one to ask."""
    provider = provider_of(call.provider)
    if not provider.reports_calls:
        return False
    if not may_end(call):
        raise TetherError(ErrorCode.CALL_NOT_TERMINABLE)
    if call.provider_call_id is None and not provider.holds_conversations:
        return False
    credentials = credentials_of(call.organization_id, provider)
    if credentials is None:
        return False
    try:
        if provider.holds_conversations:
            _end_conversation(call, provider, credentials)
        else:
            provider.hang_up(credentials, call.provider_call_id or "", limits=_LIMITS)
    except ProviderError as error:
        if error.problem is ProviderProblem.NOT_CONFIGURED:
            return False
        if error.problem is ProviderProblem.NOT_SUPPORTED:
            raise TetherError(ErrorCode.CALL_NOT_TERMINABLE) from error
        raise TetherError(ErrorCode.PROVIDER_UNKNOWN if error.is_undecided else ErrorCode.PROVIDER_ERROR) from error
    return True


def _end_conversation(call: Call, provider: Provider[Any], credentials: Any) -> None:
    """At the carrier, where the conversation names it and it is one of ours; else where the conversation is held.

    Its provider names a dial when it answers it, and that answer may be lost: the call may ring then, and is looked for
    by our own id. Raises ProviderError: UNKNOWN where it is not found either.
    """
    found = provider.look_up(credentials, call_in_question(call, call.provider_call_id), limits=_LIMITS)
    report = found.report
    conversation_id = call.provider_call_id or (report.provider_call_id if report is not None else None)
    if conversation_id is None:
        raise ProviderError(ProviderProblem.UNKNOWN, provider=provider.name, reason="not_named_yet")
    if found.state is not ProviderState.GOING_ON:
        return
    leg = provider.carrier_leg(report) if report is not None else None
    if leg is None or not _end_leg(call, leg):
        provider.hang_up(credentials, conversation_id, limits=_LIMITS)


def _end_leg(call: Call, leg: CarrierLeg) -> bool:
    """Whether the carrier has it, in the organization's account, and it has ended there."""
    carrier = provider_of(leg.carrier)
    credentials = credentials_of(call.organization_id, carrier)
    if credentials is None:
        return False
    try:
        # To hang up on a call that the account does not know is a success, and ends nothing.
        known = carrier.look_up(credentials, call_in_question(call, leg.provider_call_id), limits=_LIMITS)
        if known.state is ProviderState.GOING_ON:
            carrier.hang_up(credentials, leg.provider_call_id, limits=_LIMITS)
    except ProviderError as error:
        if error.is_undecided:
            raise
        return False
    return known.state is not ProviderState.UNKNOWN


@transaction.atomic
def _end(asked: Call) -> bool | None:
    """Whether the call had not ended before; None where its provider, which was not asked, has named it since."""
    try:
        call = lock_call(organization_id=asked.organization_id, call_id=asked.pk)
    except Call.DoesNotExist:
        return False  # discarded since
    if call.provider_call_id != asked.provider_call_id:
        return None
    is_unanswered = call.status in UNANSWERED
    return end_call(
        call,
        status=CallStatus.CANCELED if is_unanswered else CallStatus.COMPLETED,
        event=EventName.CALL_ENDED,
        ending=_TAKEN_BACK if is_unanswered else _HUNG_UP,
    )
