"""What the page of one call shows, put into words; the template only lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from calls.models import Call, Recording
from calls.providers.registry import provider_of
from calls.selectors.agent_calls.billing import call_billing
from tether_calls.common.admin.display import NOTHING, json_text, link, link_to, list_at, minutes, moment
from tether_calls.realtime.models import EventLog

# A call has a handful of events; should one have thousands, its page opens all the same.
EVENTS_MAX = 200


@dataclass(frozen=True)
class Player:
    url: str
    content_type: str
    name: str


@dataclass(frozen=True)
class Turn:
    """`seconds` is where the player is to go, as JavaScript reads it; empty: the turn's time is not known."""

    side: str
    speaker: str
    message: str
    seconds: str
    clock: str


@dataclass(frozen=True)
class Fact:
    name: str
    value: str | SafeString


@dataclass(frozen=True)
class Happening:
    name: str
    at: str
    data: str


@dataclass(frozen=True)
class CallPage:
    call: Call
    length: str
    started: str
    facts: list[Fact]
    links: list[Fact]
    players: list[Player]
    turns: list[Turn]
    documents: list[Fact]
    events: list[Happening]


def call_page(call: Call) -> CallPage:
    """Three statements besides the call: what it cost, its recordings, and its newest events."""
    agent_name = call.ai_agent.name if call.ai_agent is not None else call.agent_name
    caller_name = str(call.contact) if call.contact is not None else "Caller"
    return CallPage(
        call=call,
        length=minutes(call.duration),
        started=moment(call.start_time, with_seconds=True),
        facts=_facts(call),
        links=_links(call),
        players=_players(call),
        turns=_turns(call.ai_transcript, agent=agent_name or "Agent", caller=caller_name),
        documents=_documents(call),
        events=_events(call),
    )


def _facts(call: Call) -> list[Fact]:
    ai_handled = "" if call.ai_handled_duration is None else minutes(call.ai_handled_duration)
    facts = [
        Fact("Direction", call.get_direction_display()),
        Fact("Provider", call.get_provider_display()),
        Fact("Our number", call.provider_phone_number),
        Fact("Start", moment(call.start_time, with_seconds=True)),
        Fact("Answer", moment(call.answer_time, with_seconds=True)),
        Fact("End", moment(call.end_time, with_seconds=True)),
        Fact("Duration", minutes(call.duration)),
        Fact("ProcessedDelivery by AI", ai_handled),
        Fact("Cost", _cost(call)),
        Fact("Received", moment(call.created_at, with_seconds=True)),
        Fact("Call id", call.pk),
        Fact("Provider's id", call.provider_call_id or ""),
        Fact("AI conversation", call.ai_conversation_id or ""),
        Fact("Vendor's id", call.external_call_id or ""),
    ]
    return [fact for fact in facts if fact.value not in ("", NOTHING)]


def _cost(call: Call) -> str:
    billing = call_billing(call)
    if billing.status == "not_charged":
        return ""
    return f"{billing.total_charge} {billing.currency}, {billing.status}"


def _links(call: Call) -> list[Fact]:
    agent = link_to(call.ai_agent) if call.ai_agent is not None else call.agent_name or NOTHING
    return [
        Fact("Contact", link_to(call.contact)),
        Fact("Conversation", link_to(call.conversation)),
        Fact("Agent", agent),
        Fact("User", link_to(call.user)),
        Fact("Deliveries", _deliveries_of(call)),
        Fact("Organization", str(call.organization)),
    ]


def _deliveries_of(call: Call) -> str | SafeString:
    """What its provider sent; a vendor's call has none."""
    if not provider_of(call.provider).endpoints:
        return NOTHING
    return link(list_at("calls.delivery", f"q={call.pk}"), "What the provider sent")


def _players(call: Call) -> list[Player]:
    recordings = list(call.recordings.order_by("-id"))
    return [
        Player(url=recording.file.url, content_type=recording.content_type, name=_name_of(recording, len(recordings)))
        for recording in recordings
    ]


def _name_of(recording: Recording, of: int) -> str:
    length = minutes(recording.duration)
    return f"{moment(recording.created_at)} UTC · {length}" if of > 1 else length


def _turns(transcript: Any, *, agent: str, caller: str) -> list[Turn]:
    # Written by strangers: what has not the form of a turn is left out rather than broken over.
    documents = transcript if isinstance(transcript, list) else []
    return [_turn(document, agent=agent, caller=caller) for document in documents if isinstance(document, dict)]


def _turn(document: dict[str, Any], *, agent: str, caller: str) -> Turn:
    is_agent = document.get("role") == "agent"
    timestamp = document.get("timestamp")
    known = isinstance(timestamp, int | float) and not isinstance(timestamp, bool) and timestamp >= 0
    return Turn(
        side="agent" if is_agent else "caller",
        speaker=agent if is_agent else caller,
        message=_printable(document.get("message", "")),
        seconds=repr(float(timestamp)) if known and timestamp is not None else "",
        clock=minutes(timestamp) if known else "",
    )


def _printable(text: Any) -> str:
    """JSON can hold half of a surrogate pair, which no page can be encoded with."""
    return str(text).encode("utf-8", "replace").decode()


def _documents(call: Call) -> list[Fact]:
    documents = {"Metadata": call.metadata, "Provider metadata": call.provider_metadata}
    return [Fact(name, json_text(document)) for name, document in documents.items() if document]


def _events(call: Call) -> list[Happening]:
    log = EventLog.objects.of_organization(call.organization_id).filter(call_id=call.pk)
    newest = list(log.order_by("-id")[:EVENTS_MAX])
    return [
        Happening(name=event.name, at=moment(event.created_at, with_seconds=True), data=json_text(event.data))
        for event in reversed(newest)
    ]
