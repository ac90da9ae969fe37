"""Calls, agents, contacts and webhooks as partners see them: every field always there, null for what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec

from calls.documents.call import transcript_text
from calls.documents.facts import AgentFacts, CallFacts
from calls.documents.partner_call import PartnerCall, PartnerCallContact, call_contact, partner_call_document
from calls.documents.webhook_call import EventType
from calls.models import DisabledReason, Prompt, WebhookSubscription
from calls.partner.billing import PartnerBilling, billing_of
from calls.selectors.agent_calls.agent_usage import AgentUsage
from contacts.models import Contact
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp


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


class PartnerContactsPage(SnakeStruct):
    """One page of contacts, newest first; `count` is that of all pages."""

    count: int
    page: int
    limit: int
    pages: int
    contacts: list[PartnerContact]


def call_detail_document(facts: CallFacts, *, recording_url: str | None) -> PartnerCallDetail:
    return PartnerCallDetail(
        **msgspec.structs.asdict(partner_call_document(facts, recording_url=recording_url)),
        agent=call_agent(facts.ai_agent) if facts.ai_agent is not None else None,
        transcript=transcript_text(facts.ai_transcript or []) or None,
        billing=billing_of(facts),
    )


if TYPE_CHECKING:
    _Reason: TypeAlias = str
else:
    _Reason = Literal[tuple(DisabledReason.values)]


class PartnerWebhook(SnakeStruct):
    """A webhook; never its secret."""

    id: str
    name: str
    url: str
    subscribed_events: list[EventType]
    is_active: bool
    disabled_at: Timestamp | None
    disabled_reason: _Reason | None
    created_at: Timestamp


class PartnerWebhookMade(PartnerWebhook):
    """A new webhook, with its secret, which is shown this once."""

    secret: str


class PartnerWebhooksResponse(SnakeStruct):
    """All webhooks of the organization, newest first."""

    webhooks: list[PartnerWebhook]


class PartnerDoneResponse(SnakeStruct):
    success: bool


def contact_document(contact: Contact) -> PartnerContact:
    return PartnerContact(
        **msgspec.structs.asdict(call_contact(contact)),
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


def call_agent(agent: Prompt | AgentFacts) -> PartnerCallAgent:
    return PartnerCallAgent(id=agent.id, assistant_id=agent.elevenlabs_agent_id or None, name=agent.name)


def webhook_document(webhook: WebhookSubscription) -> PartnerWebhook:
    return PartnerWebhook(
        id=webhook.pk,
        name=webhook.name,
        url=webhook.url,
        subscribed_events=webhook.subscribed_events,
        is_active=webhook.is_active,
        disabled_at=to_wire(webhook.disabled_at) if webhook.disabled_at is not None else None,
        disabled_reason=webhook.disabled_reason or None,
        created_at=to_wire(webhook.created_at),
    )
