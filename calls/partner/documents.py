"""Calls, agents and contacts as partners see them: every field always there, null for what is not known."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.documents import transcript_text
from calls.models import Call, Prompt
from calls.partner.billing import PartnerBilling, billing_of
from calls.selectors.agent_usage import AgentUsage
from contacts.models import Contact
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp

CallType = Literal["inbound", "outbound"]
Status = Annotated[
    str,
    msgspec.Meta(
        description="initiated, ringing, in-progress, answered, completed, no-answer, busy, failed or canceled."
    ),
]
Seconds = Annotated[float, msgspec.Meta(description="Seconds.")]
Address = Annotated[str, msgspec.Meta(description="Signed; works for ten minutes.")]


class PartnerCallContact(SnakeStruct):
    """The contact of a call."""

    id: str
    first_name: str | None
    last_name: str | None
    phone_number: str
    email: str | None


class PartnerContact(PartnerCallContact):
    """A person or company that the organization talks to; one for each number."""

    source: Annotated[str | None, msgspec.Meta(description="What made it.")]
    created_at: Timestamp
    updated_at: Timestamp


class PartnerCallAgent(SnakeStruct):
    """The agent of a call."""

    id: str
    assistant_id: str | None
    name: str


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
    summary: str | None
    recording_url: Address | None
    contact: PartnerCallContact | None


class PartnerCallDetail(PartnerCall):
    """One call, with what was said and what it cost."""

    agent: PartnerCallAgent | None
    transcript: Annotated[str | None, msgspec.Meta(description="`role: message`, a line for each turn.")]
    billing: PartnerBilling


class PartnerAgent(SnakeStruct):
    """A voice agent, and what it has done."""

    id: str
    assistant_id: Annotated[str | None, msgspec.Meta(description="At ElevenLabs; null: not synced.")]
    name: str
    role: Annotated[str | None, msgspec.Meta(description="Always null.")]
    phone_number: Annotated[str | None, msgspec.Meta(description="The number that it calls from.")]
    minutes_used: float
    total_calls: int
    can_make_calls: bool


class PartnerAgentsResponse(SnakeStruct):
    """All agents of the organization, newest first."""

    agents: list[PartnerAgent]


class PartnerCallsPage(SnakeStruct):
    """One page of calls, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    calls: list[PartnerCall]


class PartnerContactsPage(SnakeStruct):
    """One page of contacts, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    contacts: list[PartnerContact]


def call_document(call: Call, *, recording_url: str | None) -> PartnerCall:
    """Reads the call's agent and contact."""
    return PartnerCall(
        id=call.pk,
        agent_id=call.ai_agent_id,
        agent_name=(call.ai_agent.name if call.ai_agent is not None else call.agent_name) or None,
        status=call.status,
        type="inbound" if call.direction == "inbound" else "outbound",
        phone_number=call.customer_number or None,
        started_at=to_wire(call.start_time),
        ended_at=to_wire(call.end_time) if call.end_time is not None else None,
        duration_seconds=call.duration,
        summary=call.ai_summary or None,
        recording_url=recording_url,
        contact=_call_contact(call.contact) if call.contact is not None else None,
    )


def call_detail_document(call: Call, *, recording_url: str | None) -> PartnerCallDetail:
    agent = call.ai_agent
    return PartnerCallDetail(
        **msgspec.structs.asdict(call_document(call, recording_url=recording_url)),
        agent=_call_agent(agent) if agent is not None else None,
        transcript=transcript_text(call.ai_transcript or []) or None,
        billing=billing_of(call),
    )


def contact_document(contact: Contact) -> PartnerContact:
    return PartnerContact(
        **msgspec.structs.asdict(_call_contact(contact)),
        source=contact.source or None,
        created_at=to_wire(contact.created_at),
        updated_at=to_wire(contact.updated_at),
    )


def agent_document(usage: AgentUsage) -> PartnerAgent:
    agent = usage.agent
    return PartnerAgent(
        id=agent.pk,
        assistant_id=agent.elevenlabs_agent_id or None,
        name=agent.name,
        role=None,
        phone_number=usage.number.phone_number if usage.number is not None else None,
        minutes_used=round(usage.seconds / 60, 2),
        total_calls=usage.calls,
        can_make_calls=usage.can_make_calls,
    )


def _call_contact(contact: Contact) -> PartnerCallContact:
    return PartnerCallContact(
        id=contact.pk,
        first_name=contact.first_name or None,
        last_name=contact.last_name or None,
        phone_number=contact.phone_number,
        email=contact.email or None,
    )


def _call_agent(agent: Prompt) -> PartnerCallAgent:
    return PartnerCallAgent(id=agent.pk, assistant_id=agent.elevenlabs_agent_id or None, name=agent.name)
