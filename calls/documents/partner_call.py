"""A call as partners see it: read from /api/v1, and told by webhooks. Every field always there, null for unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from calls.documents.call import (
    AnsweredByName,
    ConsentName,
    DispositionKindName,
    EndFaultName,
    EndReasonName,
    OptOutSource,
)
from calls.documents.facts import CallFacts, ContactFacts, DispositionFacts
from calls.models import CallStatus
from contacts.models import Contact
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp

CallType = Literal["inbound", "outbound"]
if TYPE_CHECKING:
    Status: TypeAlias = str
else:
    Status = Literal[tuple(CallStatus.values)]
Seconds = Annotated[float, msgspec.Meta(description="Seconds.")]
Address = Annotated[str, msgspec.Meta(description="Signed; works for ten minutes.")]


class PartnerCallContact(SnakeStruct):
    """The contact of a call."""

    id: str
    first_name: str | None
    last_name: str | None
    phone_number: str
    email: str | None


class PartnerCallTag(SnakeStruct):
    """A tag of a call."""

    id: str
    name: str
    color: str


class PartnerCallDisposition(SnakeStruct):
    """The disposition of a call."""

    id: str
    name: str
    kind: DispositionKindName


class PartnerOptOut(SnakeStruct):
    """That the customer of a call asked not to be called again."""

    detected_at: Timestamp
    by: OptOutSource
    turn: Annotated[int | None, msgspec.Meta(description="Of the transcript, from 0.")]
    text: str | None


class PartnerRecordingConsent(SnakeStruct):
    """What people say to the recording of a call. Where they deny it no audio is kept."""

    state: ConsentName
    at: Timestamp | None
    source: str | None


class PartnerCall(SnakeStruct):
    """A call, as lists have it."""

    id: str
    agent_id: str | None
    agent_name: Annotated[str | None, msgspec.Meta(description="The agent's, or a vendor's agent's.")]
    status: Status
    type: CallType
    phone_number: Annotated[str | None, msgspec.Meta(description="The other side's.")]
    started_at: Timestamp
    ended_at: Timestamp | None
    duration_seconds: Seconds | None
    answered_by: AnsweredByName | None
    end_reason: Annotated[EndReasonName | None, msgspec.Meta(description="Of a call that has ended.")]
    end_fault: Annotated[EndFaultName | None, msgspec.Meta(description="On whose side the reason lay.")]
    tags: list[PartnerCallTag]
    disposition: PartnerCallDisposition | None
    is_starred: bool
    opt_out: PartnerOptOut | None
    recording_consent: PartnerRecordingConsent | None
    summary: str | None
    recording_url: Address | None
    contact: PartnerCallContact | None


def partner_call_document(facts: CallFacts, *, recording_url: str | None) -> PartnerCall:
    """Of a call whose agent and contact were read."""
    agent_name = facts.ai_agent.name if facts.ai_agent is not None else facts.agent_name
    return PartnerCall(
        id=facts.id,
        agent_id=facts.ai_agent_id,
        agent_name=agent_name or None,
        status=facts.status,
        type="inbound" if facts.direction == "inbound" else "outbound",
        phone_number=facts.customer_number or None,
        started_at=to_wire(facts.start_time),
        ended_at=to_wire(facts.end_time) if facts.end_time is not None else None,
        duration_seconds=facts.duration,
        answered_by=facts.answered_by or None,
        end_reason=facts.end_reason or None,
        end_fault=facts.end_fault or None,
        tags=[PartnerCallTag(id=tag.id, name=tag.name, color=tag.color) for tag in facts.tags],
        disposition=_disposition(facts.disposition) if facts.disposition is not None else None,
        is_starred=facts.is_starred,
        opt_out=_opt_out(facts),
        recording_consent=_consent(facts),
        summary=facts.ai_summary or None,
        recording_url=recording_url,
        contact=call_contact(facts.contact) if facts.contact is not None else None,
    )


def _consent(facts: CallFacts) -> PartnerRecordingConsent | None:
    if facts.recording_consent == "unknown":
        return None
    at = facts.recording_consent_at
    return PartnerRecordingConsent(
        state=facts.recording_consent,  # type: ignore[arg-type]  # the database holds one of them
        at=to_wire(at) if at is not None else None,
        source=facts.recording_consent_source or None,
    )


def _opt_out(facts: CallFacts) -> PartnerOptOut | None:
    if facts.opted_out_at is None or facts.opt_out is None:
        return None
    return PartnerOptOut(
        detected_at=to_wire(facts.opted_out_at),
        by=facts.opt_out["by"],
        turn=facts.opt_out.get("turn"),
        text=facts.opt_out.get("text") or None,
    )


def call_contact(contact: Contact | ContactFacts) -> PartnerCallContact:
    return PartnerCallContact(
        id=contact.id,
        first_name=contact.first_name or None,
        last_name=contact.last_name or None,
        phone_number=contact.phone_number,
        email=contact.email or None,
    )


def _disposition(disposition: DispositionFacts) -> PartnerCallDisposition:
    return PartnerCallDisposition(id=disposition.id, name=disposition.name, kind=disposition.kind)
