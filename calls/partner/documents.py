"""Calls, agents, contacts and webhooks as partners see them: every field always there, null for what is not known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from calls.documents.call import transcript_text
from calls.documents.facts import AgentFacts, CallFacts
from calls.documents.partner_call import PartnerCall, PartnerCallContact, call_contact, partner_call_document
from calls.documents.partner_message import PartnerMessage
from calls.documents.scheduled_call import PartnerScheduledCall
from calls.documents.webhook_call import EventType
from calls.models import DisabledReason, Prompt, WebhookSubscription
from calls.partner.billing import PartnerBilling, billing_of
from calls.selectors.agent_calls.agent_usage import AgentUsage
from calls.services.webhooks_out.subscriptions import Subscribed
from contacts.models import Contact, ContactNote, ContextVariable, NoteType
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType


class PartnerContact(PartnerCallContact):
    """A person or company that the organization talks to; one for each number."""

    source: Annotated[str | None, msgspec.Meta(description="What made it.")]
    created_at: Timestamp
    updated_at: Timestamp


class PartnerNote(SnakeStruct):
    """What was written of a contact."""

    id: str
    note: str
    type: Literal["manual", "ai_summary", "system"]
    author: Annotated[str | None, msgspec.Meta(description="The user's name; null: an agent's, or the system's.")]
    call_id: Annotated[str | None, msgspec.Meta(description="The call that it is of.")]
    created_at: Timestamp


class PartnerContactDetail(PartnerContact):
    """One contact, with the newest notes of it."""

    recent_notes: list[PartnerNote]


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
    api_key_id: Annotated[
        str | None, msgspec.Meta(description="The key that made it, or changed it last; null: a user.")
    ]
    previous_secret_until: Annotated[
        Timestamp | None, msgspec.Meta(description="Until then the secret before signs as well.")
    ]
    created_at: Timestamp


class PartnerWebhookMade(PartnerWebhook):
    """A webhook with its new secret, which is shown this once."""

    secret: str


class PartnerWebhooksResponse(SnakeStruct):
    """All webhooks of the organization, newest first."""

    webhooks: list[PartnerWebhook]


class PartnerDoneResponse(SnakeStruct):
    success: bool


class PartnerTestResponse(PartnerDoneResponse):
    """A test is on its way."""

    message_id: Annotated[str, msgspec.Meta(description="Its `webhook-id`.")]


def note_document(note: ContactNote) -> PartnerNote:
    return PartnerNote(
        id=note.pk,
        note=note.note,
        type=NoteType(note.type).value,  # type: ignore[arg-type]  # one of the three
        author=None if note.user is None else note.user.full_name or note.user.email,
        call_id=note.call_id,
        created_at=to_wire(note.created_at),
    )


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
        disabled_at=_or_null(webhook.disabled_at),
        disabled_reason=webhook.disabled_reason or None,
        api_key_id=webhook.api_key_id,
        previous_secret_until=_or_null(webhook.previous_secret_until),
        created_at=to_wire(webhook.created_at),
    )


def webhook_with_secret(made: Subscribed) -> PartnerWebhookMade:
    return PartnerWebhookMade(**msgspec.structs.asdict(webhook_document(made.subscription)), secret=made.secret)


def _or_null(moment: datetime | None) -> str | None:
    return None if moment is None else to_wire(moment)


class PartnerContextVariable(SnakeStruct):
    """A value that agents are told, of each contact or of the organization."""

    id: str
    name: str
    display_name: str
    description: str
    variable_type: Literal["text", "number", "date", "boolean", "select"]
    context_type: Literal["contact", "business"]
    is_default: Annotated[bool, msgspec.Meta(description="Always false: all are the organization's own.")]
    select_options: list[str] | None


class PartnerContextVariables(SnakeStruct):
    """What is defined, by name."""

    count: int
    variables: list[PartnerContextVariable]


class PartnerContextVariableResponse(PartnerContextVariable):
    """One that was defined or changed."""

    message: str


class PartnerContactContextResponse(SnakeStruct):
    """The contact's variables are set."""

    message: str
    contact_id: str


class PartnerMessageResponse(SnakeStruct):
    """It is done."""

    message: str


class PartnerContactCreated(PartnerContact):
    """A contact that was made."""

    message: str


def context_variable_fields(variable: ContextVariable) -> dict[str, Any]:
    return {
        "id": variable.pk,
        "name": variable.name,
        "display_name": variable.display_name,
        "description": variable.description,
        "variable_type": variable.variable_type,
        "context_type": variable.context_type,
        "is_default": False,
        "select_options": variable.select_options or None,
    }
