"""An AI agent calls a number: the row first, then the provider, asked once; for every API alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call, CallDirection, CallStatus, Prompt
from calls.outcomes import ending_of_our_own
from calls.providers.dialling import AgentDial, DialAnswer
from calls.providers.errors import ProviderError
from calls.providers.http import DEFAULT_LIMITS
from calls.providers.registry import agents_provider
from calls.reports import CallReport, known_metadata
from calls.services.agent_calls.call_variables import CALL_REASON_VARIABLE, CONTACT_NAME_VARIABLE
from calls.services.agent_calls.dial_lock import DialLock, FirstDial, acquire_dial_lock
from calls.services.agent_calls.plan_call import SENTENCES, CallPlan, Dial, plan_call
from calls.services.deliveries.process import follow_up
from calls.services.lifecycle.apply_report import apply_report
from calls.services.lifecycle.charge_call import check_first_minute, hold_first_minute
from contacts.services import known_name
from contacts.services.may_call import AttemptTaken, keep_allowed, may_call, refusals_kept, require_allowed
from conversations.services import find_or_create_conversation
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.observing.metrics import DIALS
from tether_calls.common.statements import insert
from tether_calls.realtime.events import EventName, publish

# Of the lock's time, seconds that no dial may reach into; with less than the second left none is begun.
_MARGIN_SECONDS, _LEAST_SECONDS = 1.0, 5.0

# A number that is dialled by so many others at the same moment waits.
_TRIES = 5

_PERHAPS_PLACED = "The voice provider's answer was lost; the call may have been placed, so do not repeat it"


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """A call that the provider has accepted; `deduplicated`: on an earlier request."""

    call: Call
    agent: Prompt
    conversation_id: str
    sip_call_id: str | None
    deduplicated: bool
    warnings: tuple[str, ...] = ()


def _nothing(*_: Call) -> None:
    """Default callback: does nothing."""


def place_call(*, dial: Dial, admit: Callable[[], object], begun: Callable[[Call], object] = _nothing) -> PlacedCall:
    """Have an agent call a number. Not within a transaction.

    `admit` counts the dial, last before a call is made, and raises to refuse it; `begun` gets the call, in the
    transaction that makes it, and may raise as well. Raises VALIDATION_ERROR, INVALID_VARIABLES, CallRefused where a
    rule does not let the number be called, INSUFFICIENT_FUNDS (as `InsufficientFunds`, with the figures),
    LOCK_UNAVAILABLE: nothing was dialled, and nothing kept but the decision and at most a contact.
    OUTBOUND_IN_FLIGHT: the same call is being placed. PROVIDER_ERROR: not placed, and the call, if there is one,
    failed. PROVIDER_UNKNOWN: perhaps placed; the call stays initiated until it is heard of.
    """
    outcome = str(ErrorCode.INTERNAL_ERROR)
    try:
        placed = _place(dial, admit, begun)
        outcome = "deduplicated" if placed.deduplicated else "placed"
    except TetherError as error:
        outcome = str(error.code)
        raise
    finally:
        DIALS.add(agents_provider().name, outcome)
    return placed


def _place(dial: Dial, admit: Callable[[], object], begun: Callable[[Call], object]) -> PlacedCall:
    plan = plan_call(dial=dial)
    with refusals_kept(plan.decision):
        lock = acquire_dial_lock(
            user_id=plan.user.pk,
            contact_id=plan.contact.pk,
            agent_id=plan.agent.pk,
            to_number=plan.phone_number,
        )
    if isinstance(lock, FirstDial):
        return _repeated(plan, lock)
    try:
        call = _begin_counted(plan, admit, begun)
    except BaseException:
        lock.free()
        raise
    return _dial(plan, call, lock)


def _begin_counted(plan: CallPlan, admit: Callable[[], object], begun: Callable[[Call], object]) -> Call:
    """The call's row. Where somebody else has dialled the number since it was decided, it is decided anew."""
    is_counted = False
    for _ in range(_TRIES):
        with refusals_kept(plan.decision):
            # Here, and not before: a request that repeats the last attempt that there may be is none itself.
            require_allowed(plan.decision)
            if not is_counted:
                if _is_prepaid(plan):
                    # Without the money it is not counted as a dial.
                    check_first_minute(organization_id=plan.user.home_id, agent=plan.agent)
                admit()
                is_counted = True
            try:
                return _begin(plan, begun)
            except AttemptTaken:
                asking = replace(plan.decision.asking, at=timezone.now())
            except IntegrityError as error:
                # What the row refers to, the contact or the agent, has been deleted since we looked.
                raise TetherError(ErrorCode.CONTACT_NOT_FOUND, "The contact or the agent was deleted") from error
        plan = replace(plan, decision=may_call(asking))
    with refusals_kept(plan.decision):
        raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=1)


# durable: what follows is the outside world, which must find the row committed.
@transaction.atomic(durable=True)
def _begin(plan: CallPlan, begun: Callable[[Call], object]) -> Call:
    organization_id = plan.user.home_id
    conversation = find_or_create_conversation(
        organization_id=organization_id,
        user_id=plan.user.pk,
        contact_id=plan.contact.pk,
        channel_identifier=plan.number.phone_number,
    )
    call = Call(
        pk=plan.call_id,
        organization_id=organization_id,
        user_id=plan.user.pk,
        contact_id=plan.contact.pk,
        conversation_id=conversation.pk,
        provider=plan.provider.name,
        direction=CallDirection.OUTBOUND,
        status=CallStatus.INITIATED,
        from_number=plan.number.phone_number,
        to_number=plan.phone_number,
        provider_phone_number=plan.number.phone_number,
        ai_agent_id=plan.agent.pk,
        agent_name=plan.agent.name,
        prompt_version_id=plan.version_id,
        metadata=_metadata(plan),
    )
    insert(call)
    keep_allowed(plan.decision, call_id=call.pk)
    begun(call)
    if _is_prepaid(plan):
        hold_first_minute(call=call, agent=plan.agent)
    publish(organization_id=organization_id, call_id=call.pk, events=[call_event(EventName.CALL_INITIATED, call)])
    return call


def _is_prepaid(plan: CallPlan) -> bool:
    organization = plan.user.organization
    return organization is not None and organization.is_prepaid


def _metadata(plan: CallPlan) -> dict[str, Any]:
    known = {
        "callReason": plan.call_reason,
        "variables": plan.variables,
        "scheduledCallId": plan.scheduled_call_id,
    }
    return {name: value for name, value in known.items() if value}


def _dial(plan: CallPlan, call: Call, lock: DialLock) -> PlacedCall:
    try:
        answer = _ask_provider(plan, call, lock)
    except ProviderError as error:
        if error.is_undecided:
            lock.keep()
            raise TetherError(ErrorCode.PROVIDER_UNKNOWN, _PERHAPS_PLACED) from error
        _failed(call, lock, reason=str(error.problem))
        raise TetherError(ErrorCode.PROVIDER_ERROR, SENTENCES.get(error.problem)) from error
    # Before the row, which the database may refuse: the same request must not dial again because of that.
    lock.accepted(FirstDial(call_id=call.pk, conversation_id=answer.conversation_id, sip_call_id=answer.sip_call_id))
    # As a report: those of the provider's webhooks may have come before its answer.
    report = CallReport(
        provider=call.provider,
        provider_call_id=answer.conversation_id,
        provider_metadata=known_metadata(sipCallId=answer.sip_call_id),
    )
    try:
        call = apply_report(organization_id=call.organization_id, call_id=call.pk, report=report).call
    except IntegrityError as error:
        # The conversation that it names is another call's; which of both rings, only the provider knows.
        raise TetherError(ErrorCode.PROVIDER_UNKNOWN, _PERHAPS_PLACED) from error
    # Its webhooks may have been faster than this answer.
    follow_up(call=call, provider=call.provider, provider_call_id=answer.conversation_id)
    return PlacedCall(
        call=call,
        agent=plan.agent,
        conversation_id=answer.conversation_id,
        sip_call_id=answer.sip_call_id,
        deduplicated=False,
        warnings=plan.personalization.warnings,
    )


def _ask_provider(plan: CallPlan, call: Call, lock: DialLock) -> DialAnswer:
    """The dial, which ends before the lock does. Raises ProviderError."""
    seconds = min(settings.TETHER_DIAL_SECONDS, lock.seconds_left - _MARGIN_SECONDS)
    if lock.seconds_left < _LEAST_SECONDS:
        # The database kept us waiting; what is dialled now could be dialled twice.
        _failed(call, lock, reason="lock_ended")
        raise TetherError(ErrorCode.LOCK_UNAVAILABLE)
    dial = AgentDial(
        agent_id=plan.agent.elevenlabs_agent_id or "",
        phone_number_id=plan.number.elevenlabs_phone_number_id or "",
        to_number=plan.phone_number,
        call_id=call.pk,
        # All of them always: a variable that the agent declares and does not get ends the conversation.
        dynamic_variables={
            **plan.personalization.dynamic_variables,
            CALL_REASON_VARIABLE: plan.call_reason,
            CONTACT_NAME_VARIABLE: known_name(plan.contact),
        },
        instructions=plan.personalization.instructions,
        first_message=plan.personalization.first_message,
        voice_id=plan.voice_id,
        language=plan.language,
    )
    limits = replace(DEFAULT_LIMITS, read_seconds=seconds, total_seconds=seconds)
    return plan.provider.dial(plan.credentials, dial, limits=limits)


def _failed(call: Call, lock: DialLock, *, reason: str) -> None:
    try:
        apply_report(
            organization_id=call.organization_id,
            call_id=call.pk,
            report=CallReport(
                provider=call.provider,
                status=CallStatus.FAILED,
                endings=(ending_of_our_own(reason),),
                provider_metadata={"failureReason": reason},
            ),
        )
    finally:
        lock.free()


def _repeated(plan: CallPlan, first: FirstDial) -> PlacedCall:
    call = Call.objects.of_organization(plan.user.home_id).filter(pk=first.call_id).first()
    if call is None:
        # Deleted since. The telephone rings all the same.
        raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=1)
    return PlacedCall(
        call=call,
        agent=plan.agent,
        conversation_id=first.conversation_id,
        sip_call_id=first.sip_call_id,
        deduplicated=True,
        warnings=plan.personalization.warnings,
    )
