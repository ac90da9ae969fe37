"""A call as partners see it: read from /api/v1, and told by webhooks. Every field always there, null for unknown."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.models import Call
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
        contact=call_contact(call.contact) if call.contact is not None else None,
    )


def call_contact(contact: Contact) -> PartnerCallContact:
    return PartnerCallContact(
        id=contact.pk,
        first_name=contact.first_name or None,
        last_name=contact.last_name or None,
        phone_number=contact.phone_number,
        email=contact.email or None,
    )
