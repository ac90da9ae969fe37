"""A scheduled call, as frontends and sockets see it, and as partners do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from calls.models import RetryOn, ScheduledCall, ScheduledSource, ScheduledState
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType, WireStruct, or_unset, timestamp

if TYPE_CHECKING:
    State: TypeAlias = str
    Source: TypeAlias = str
    Reason: TypeAlias = str
else:
    State = Literal[tuple(ScheduledState.values)]
    Source = Literal[tuple(ScheduledSource.values)]
    Reason = Literal[tuple(RetryOn.values)]

_NEXT = "When it is dialled next, or was to be; the calling hours may have moved it."
_MOVED = "When it would have been dialled, had nothing been in the way."
_OUTCOME = "Why the last call ended, as the call's own reason."
_CALL = "The call that was made last."


class CallRetryDocument(WireStruct):
    """How often it is made at most, after how many minutes again, and what for."""

    max_attempts: int
    delays_minutes: list[int]
    on: list[Reason]


class ScheduledCallDocument(WireStruct):
    """A call that an agent makes at a time: how it is planned, and what has become of it."""

    id: str = msgspec.field(name="_id")
    organization_id: str
    status: State
    source: Annotated[Source, msgspec.Meta(description="Who asked for it.")]
    phone_number: str
    not_before: Timestamp
    estimated_start: Annotated[Timestamp, msgspec.Meta(description=_NEXT)]
    retry: CallRetryDocument
    attempts: Annotated[int, msgspec.Meta(description="Calls that were made.")]
    created_at: Timestamp
    updated_at: Timestamp
    user_id: Annotated[str, msgspec.Meta(description="On whose behalf it is made.")] | UnsetType = UNSET
    agent_id: str | UnsetType = UNSET
    contact_id: str | UnsetType = UNSET
    from_number: Annotated[str, msgspec.Meta(description="As it was asked for.")] | UnsetType = UNSET
    call_reason: str | UnsetType = UNSET
    not_after: Timestamp | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    moved_from: Annotated[Timestamp, msgspec.Meta(description=_MOVED)] | UnsetType = UNSET
    code: (
        Annotated[str, msgspec.Meta(description="Why it was moved, or was not made: an error's code.")] | UnsetType
    ) = UNSET
    outcome: Annotated[str, msgspec.Meta(description=_OUTCOME)] | UnsetType = UNSET
    call_id: Annotated[str, msgspec.Meta(description=_CALL)] | UnsetType = UNSET
    reminder_id: str | UnsetType = UNSET


def scheduled_call_document(scheduled: ScheduledCall) -> ScheduledCallDocument:
    return ScheduledCallDocument(
        id=scheduled.pk,
        organization_id=scheduled.organization_id,
        status=scheduled.state,
        source=scheduled.source,
        phone_number=scheduled.phone_number,
        not_before=to_wire(scheduled.not_before),
        estimated_start=to_wire(scheduled.next_at),
        retry=CallRetryDocument(
            max_attempts=scheduled.max_attempts, delays_minutes=scheduled.delays_minutes, on=scheduled.retry_on
        ),
        attempts=scheduled.attempts,
        created_at=to_wire(scheduled.created_at),
        updated_at=to_wire(scheduled.updated_at),
        user_id=or_unset(scheduled.user_id),
        agent_id=or_unset(scheduled.agent_id),
        contact_id=or_unset(scheduled.contact_id),
        from_number=or_unset(scheduled.from_number),
        call_reason=or_unset(scheduled.call_reason),
        not_after=timestamp(scheduled.not_after),
        time_zone=or_unset(scheduled.time_zone),
        moved_from=timestamp(scheduled.moved_from),
        code=or_unset(scheduled.code),
        outcome=or_unset(scheduled.outcome),
        call_id=or_unset(scheduled.last_call_id),
        reminder_id=or_unset(scheduled.reminder_id),
    )


class PartnerScheduledCallRetry(SnakeStruct):
    """How often it is made at most, after how many minutes again, and what for."""

    max_attempts: int
    delays_minutes: list[int]
    on: list[Reason]


class PartnerScheduledCall(SnakeStruct):
    """A call that an agent makes at a time: how it is planned, and what has become of it."""

    id: str
    status: State
    source: Annotated[Source, msgspec.Meta(description="Who asked for it.")]
    phone_number: str
    agent_id: Annotated[str | None, msgspec.Meta(description="null: deleted since.")]
    contact_id: Annotated[str | None, msgspec.Meta(description="null: deleted since.")]
    not_before: Timestamp
    not_after: Timestamp | None
    time_zone: str | None
    estimated_start: Annotated[Timestamp, msgspec.Meta(description=_NEXT)]
    moved_from: Annotated[Timestamp | None, msgspec.Meta(description=_MOVED)]
    reason: Annotated[str | None, msgspec.Meta(description="Why it was moved, or was not made: the word of an error.")]
    retry: PartnerScheduledCallRetry
    attempts: Annotated[int, msgspec.Meta(description="Calls that were made.")]
    outcome: Annotated[str | None, msgspec.Meta(description=_OUTCOME)]
    call_id: Annotated[str | None, msgspec.Meta(description=_CALL)]
    created_at: Timestamp
    updated_at: Timestamp


def partner_scheduled_call(document: dict[str, Any]) -> PartnerScheduledCall:
    """Of what an event, or a row, tells of it: the document of frontends, as JSON has it."""
    retry = document["retry"]
    code = document.get("code")
    return PartnerScheduledCall(
        id=document["_id"],
        status=document["status"],
        source=document["source"],
        phone_number=document["phoneNumber"],
        agent_id=document.get("agentId"),
        contact_id=document.get("contactId"),
        not_before=document["notBefore"],
        not_after=document.get("notAfter"),
        time_zone=document.get("timeZone"),
        estimated_start=document["estimatedStart"],
        moved_from=document.get("movedFrom"),
        reason=None if code is None else code.lower(),
        retry=PartnerScheduledCallRetry(
            max_attempts=retry["maxAttempts"], delays_minutes=retry["delaysMinutes"], on=retry["on"]
        ),
        attempts=document["attempts"],
        outcome=document.get("outcome"),
        call_id=document.get("callId"),
        created_at=document["createdAt"],
        updated_at=document["updatedAt"],
    )


def partner_document_of(scheduled: ScheduledCall) -> PartnerScheduledCall:
    return partner_scheduled_call(msgspec.to_builtins(scheduled_call_document(scheduled)))
