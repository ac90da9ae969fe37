"""An AI agent calls somebody: the row first, then the provider, asked once; whatever API the wish came from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call, CallDirection, CallProvider, CallStatus, PhoneNumber, Prompt
from calls.providers.credentials import ElevenLabsCredentials
from calls.providers.elevenlabs.answers import DialAnswer
from calls.providers.elevenlabs.client import ElevenLabsClient
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.http import DEFAULT_LIMITS
from calls.reports import CallReport
from calls.selectors.accounts import credentials_of
from calls.selectors.dialling import agent_to_call, number_to_call_from
from calls.services.apply_report import apply_report
from calls.services.call_context import CALL_REASON, remember_context
from calls.services.charge_call import hold_first_minute
from calls.services.deliveries.process import process_waiting
from calls.services.dial_lock import DialLock, FirstDial, take_dial_lock
from contacts.models import Contact
from contacts.selectors import check_may_be_called
from contacts.services import find_or_create_dialled, known_name
from conversations.services import find_or_create_conversation
from tether_calls.accounts.models import User
from tether_calls.common.errors import Detail, ErrorCode, TetherError
from tether_calls.common.phone import is_dialable
from tether_calls.common.statements import insert
from tether_calls.realtime.events import EventName, publish

# Of the lock's time, seconds that no dial may reach into; with less than the second left none is begun.
_MARGIN_SECONDS, _LEAST_SECONDS = 1.0, 5.0

_PERHAPS_PLACED = "The voice provider's answer was lost; the call may have been placed, so do not repeat it"
_SENTENCES = {
    ProviderProblem.NOT_CONFIGURED: "The organization has no usable account with the voice provider",
    ProviderProblem.UNAUTHORIZED: "The voice provider does not accept the organization's credentials",
    ProviderProblem.NOT_FOUND: "The voice provider does not know the agent or the number to call from",
    ProviderProblem.REFUSED: "The voice provider refused the call",
    ProviderProblem.BUSY: "The voice provider has no line free; try again later",
    ProviderProblem.UNAVAILABLE: "The voice provider is not available; try again later",
}


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """A call that the provider has accepted; `deduplicated`: on an earlier request."""

    call: Call
    conversation_id: str
    sip_call_id: str | None
    deduplicated: bool


@dataclass(frozen=True, kw_only=True)
class _Plan:
    user: User
    contact: Contact
    agent: Prompt
    number: PhoneNumber
    credentials: ElevenLabsCredentials
    call_reason: str


def place_call(
    *,
    user: User,
    contact_id: str | None = None,
    phone_number: str | None = None,
    agent_id: str | None = None,
    from_number: str | None = None,
    call_reason: str = "",
) -> PlacedCall:
    """Have an agent call a contact, or a number (E.164); with both the contact counts. Not within a transaction.

    Raises VALIDATION_ERROR, CONTACT_NOT_FOUND, AGENT_NOT_FOUND, NO_VOICE_AGENT, AGENT_NOT_SYNCED, NO_AI_NUMBER,
    NUMBER_NOT_ON_TRUNK, DO_NOT_CALL, OUTSIDE_CALLING_HOURS, INSUFFICIENT_FUNDS (as `InsufficientFunds`, with the
    figures), LOCK_UNAVAILABLE: nothing was kept or dialled, at most a contact made. OUTBOUND_IN_FLIGHT: the same call
    is being placed. PROVIDER_ERROR: not placed, and the call, if there is one, failed. PROVIDER_UNKNOWN: perhaps
    placed; the call stays initiated until it is heard of.
    """
    plan = _plan(
        user=user,
        contact_id=contact_id,
        phone_number=phone_number,
        agent_id=agent_id,
        from_number=from_number,
        call_reason=call_reason,
    )
    lock = take_dial_lock(
        user_id=user.pk,
        contact_id=plan.contact.pk,
        agent_id=plan.agent.pk,
        to_number=plan.contact.phone_number,
    )
    if isinstance(lock, FirstDial):
        return _repeated(user, lock)
    try:
        call = _begin(plan)
    except BaseException as error:
        lock.free()
        if isinstance(error, IntegrityError):
            # What the row refers to has been deleted since we looked; whatever it was, the contact or its agent.
            raise TetherError(ErrorCode.CONTACT_NOT_FOUND, "The contact or the agent was deleted") from error
        raise
    return _dial(plan, call, lock)


def _plan(
    *,
    user: User,
    contact_id: str | None,
    phone_number: str | None,
    agent_id: str | None,
    from_number: str | None,
    call_reason: str,
) -> _Plan:
    """Everything that a dial needs; a contact is made last, so that a request that is refused leaves none behind."""
    organization_id = user.home_id
    contact: Contact | None = None
    if contact_id is not None:
        contact = Contact.objects.of_organization(organization_id).filter(pk=contact_id).first()
        if contact is None:
            raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
        phone_number = contact.phone_number
    if phone_number is None:
        raise _invalid("contactId", "Either contactId or phoneNumber is required")
    if not is_dialable(phone_number):
        if contact is not None:
            raise _invalid("contactId", "The contact's number cannot be dialled")
        raise _invalid("phoneNumber", "Not a number that can be dialled, such as +14165550199")

    agent = agent_to_call(organization_id=organization_id, agent_id=agent_id)
    number = number_to_call_from(organization_id=organization_id, user_id=user.pk, phone_number=from_number)
    check_may_be_called(organization_id=organization_id, phone_number=phone_number, at=timezone.now())
    credentials = credentials_of(organization_id, ElevenLabsCredentials)
    if credentials is None or not credentials.api_key:
        raise TetherError(ErrorCode.PROVIDER_ERROR, _SENTENCES[ProviderProblem.NOT_CONFIGURED])
    if contact is None:
        contact = find_or_create_dialled(organization_id=organization_id, user_id=user.pk, phone_number=phone_number)
    return _Plan(
        user=user, contact=contact, agent=agent, number=number, credentials=credentials, call_reason=call_reason
    )


# durable: what follows is the outside world, which must find the row committed.
@transaction.atomic(durable=True)
def _begin(plan: _Plan) -> Call:
    organization_id = plan.user.home_id
    conversation = find_or_create_conversation(
        organization_id=organization_id,
        user_id=plan.user.pk,
        contact_id=plan.contact.pk,
        channel_identifier=plan.number.phone_number,
    )
    call = Call(
        organization_id=organization_id,
        user_id=plan.user.pk,
        contact_id=plan.contact.pk,
        conversation_id=conversation.pk,
        provider=CallProvider.ELEVENLABS,
        direction=CallDirection.OUTBOUND,
        status=CallStatus.INITIATED,
        from_number=plan.number.phone_number,
        to_number=plan.contact.phone_number,
        provider_phone_number=plan.number.phone_number,
        ai_agent_id=plan.agent.pk,
        agent_name=plan.agent.name,
        metadata={CALL_REASON: plan.call_reason} if plan.call_reason else {},
    )
    insert(call)
    organization = plan.user.organization
    if organization is not None and organization.is_prepaid:
        hold_first_minute(call=call, agent=plan.agent)
    publish(organization_id=organization_id, call_id=call.pk, events=[call_event(EventName.CALL_INITIATED, call)])
    return call


def _dial(plan: _Plan, call: Call, lock: DialLock) -> PlacedCall:
    try:
        answer = _ask_provider(plan, call, lock)
    except ProviderError as error:
        if error.is_undecided:
            lock.keep()
            raise TetherError(ErrorCode.PROVIDER_UNKNOWN, _PERHAPS_PLACED) from error
        _failed(call, lock, reason=str(error.problem))
        raise TetherError(ErrorCode.PROVIDER_ERROR, _SENTENCES.get(error.problem)) from error
    assert answer.conversation_id is not None  # the client's promise
    # Before the row, which the database may refuse: the same request must not dial again because of that.
    lock.accepted(FirstDial(call_id=call.pk, conversation_id=answer.conversation_id, sip_call_id=answer.sip_call_id))
    # As a report: those of the provider's webhooks may have come before its answer.
    call = apply_report(
        call_id=call.pk,
        report=CallReport(
            provider=call.provider,
            provider_call_id=answer.conversation_id,
            provider_metadata={"sipCallId": answer.sip_call_id} if answer.sip_call_id else {},
        ),
    ).call
    remember_context(call=call, conversation_id=answer.conversation_id)
    # Its webhooks may have been faster than this answer.
    process_waiting(
        organization_id=call.organization_id, provider=call.provider, provider_call_id=answer.conversation_id
    )
    return PlacedCall(
        call=call,
        conversation_id=answer.conversation_id,
        sip_call_id=answer.sip_call_id,
        deduplicated=False,
    )


def _ask_provider(plan: _Plan, call: Call, lock: DialLock) -> DialAnswer:
    """The dial, which ends before the lock does. Raises ProviderError."""
    seconds = min(settings.TETHER_DIAL_SECONDS, lock.seconds_left - _MARGIN_SECONDS)
    if lock.seconds_left < _LEAST_SECONDS:
        # The database kept us waiting; what is dialled now could be dialled twice.
        _failed(call, lock, reason="lock_ended")
        raise TetherError(ErrorCode.LOCK_UNAVAILABLE)
    client = ElevenLabsClient(
        plan.credentials, limits=replace(DEFAULT_LIMITS, read_seconds=seconds, total_seconds=seconds)
    )
    return client.dial(
        agent_id=plan.agent.elevenlabs_agent_id or "",
        phone_number_id=plan.number.elevenlabs_phone_number_id or "",
        to_number=plan.contact.phone_number,
        call_id=call.pk,
        # All of them always: a variable that the agent declares and does not get ends the conversation.
        dynamic_variables={"call_reason": plan.call_reason, "contact_name": known_name(plan.contact)},
    )


def _failed(call: Call, lock: DialLock, *, reason: str) -> None:
    try:
        apply_report(
            call_id=call.pk,
            report=CallReport(
                provider=call.provider,
                status=CallStatus.FAILED,
                provider_metadata={"failureReason": reason},
            ),
        )
    finally:
        lock.free()


def _repeated(user: User, first: FirstDial) -> PlacedCall:
    call = Call.objects.of_organization(user.home_id).filter(pk=first.call_id).first()
    if call is None:
        # Deleted since. The telephone rings all the same.
        raise TetherError(ErrorCode.OUTBOUND_IN_FLIGHT, retry_after=1)
    return PlacedCall(
        call=call, conversation_id=first.conversation_id, sip_call_id=first.sip_call_id, deduplicated=True
    )


def _invalid(path: str, message: str) -> TetherError:
    return TetherError(ErrorCode.VALIDATION_ERROR, f"{path}: {message}", details=[Detail(path, message)])
