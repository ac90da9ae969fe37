"""Calls, agents and texts as partners see them: every field always there, null for what is not known."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.documents.call import transcript_text
from calls.documents.facts import AgentFacts, CallFacts
from calls.documents.partner_call import PartnerCall, partner_call_document
from calls.documents.partner_message import PartnerMessage
from calls.documents.scheduled_call import PartnerScheduledCall
from calls.models import Prompt
from calls.partner.billing import PartnerBilling, billing_of
from calls.selectors.agent_calls.agent_usage import AgentUsage
from tether_calls.common.wire import UNSET, SnakeStruct, UnsetType


class PartnerCallAgent(SnakeStruct):
    """The agent of a call."""

    id: str
    assistant_id: str | None
    name: str


class PartnerCallDetail(PartnerCall):
    """One call, with its transcript and cost."""

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
    count_capped: (
        Annotated[bool, msgspec.Meta(description="True where counting stopped: there are at least `count`.")]
        | UnsetType
    ) = UNSET


class PartnerScheduledCallsPage(SnakeStruct):
    """One page of scheduled calls, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    scheduled_calls: list[PartnerScheduledCall]


class PartnerMessagesPage(SnakeStruct):
    """One page of texts, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    messages: list[PartnerMessage]


class PartnerSearchMatch(SnakeStruct):
    """Where in a call it was said."""

    turn: Annotated[
        int | None, msgspec.Meta(description="Its place in the transcript, from 0; null: the summary, or a note.")
    ]
    role: Literal["agent", "user", "summary", "note"]
    timestamp: Annotated[float | None, msgspec.Meta(description="Seconds into the call.")]
    text: Annotated[
        str, msgspec.Meta(description="HTML, with `<mark>` around what was found and everything else escaped.")
    ]


class PartnerSearchHit(SnakeStruct):
    """A call, and at most 5 places in it."""

    call: PartnerCall
    matches: list[PartnerSearchMatch]


class PartnerSearchPage(SnakeStruct):
    """One page of what a search found, newest first."""

    hits: list[PartnerSearchHit]
    total: Annotated[int, msgspec.Meta(description="Calls found; with a cursor, as counted for the first page.")]
    total_capped: Annotated[bool, msgspec.Meta(description="Counting stopped: there are at least `total`.")]
    next_cursor: Annotated[str | None, msgspec.Meta(description="For the next page; null: this is the last one.")]


def call_detail_document(facts: CallFacts, *, recording_url: str | None) -> PartnerCallDetail:
    return PartnerCallDetail(
        **msgspec.structs.asdict(partner_call_document(facts, recording_url=recording_url)),
        agent=call_agent(facts.ai_agent) if facts.ai_agent is not None else None,
        transcript=transcript_text(facts.ai_transcript or []) or None,
        billing=billing_of(facts),
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


def call_agent(agent: Prompt | AgentFacts) -> PartnerCallAgent:
    return PartnerCallAgent(id=agent.id, assistant_id=agent.elevenlabs_agent_id or None, name=agent.name)
