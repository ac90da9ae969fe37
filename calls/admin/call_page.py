"""What the page of one call shows, put into words; the template only lays it out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString

from calls.admin.call_list.columns import who_of
from calls.admin.call_player import SPEEDS, Player, Turn, players_of, turns_of
from calls.admin.call_transfers import ShownTransfer, transfers_of
from calls.models import Call
from calls.models.call_choices import RecordingPause
from calls.outcomes import EndFault
from calls.providers.registry import provider_of
from calls.recording_consent import ConsentState
from calls.selectors.agent_calls.billing import call_billing
from calls.selectors.desk.under_way import RUNNING
from calls.services.browser_calls.pause_recording import may_pause
from tether_calls.common.admin.display import NOTHING, in_words, json_text, link, link_to, list_at, minutes, moment
from tether_calls.realtime.models import EventLog

# A call has a handful of events; should one have thousands, its page opens all the same.
EVENTS_MAX = 200


_RECORDING_NOW = {
    RecordingPause.NONE: "What is said is recorded, if anything of this call is.",
    RecordingPause.PAUSING: "The carrier was asked to pause it, and has not answered.",
    RecordingPause.PAUSED: "It pauses: what is said now is silence in the recording.",
    RecordingPause.RESUMING: "The carrier was asked to go on, and has not answered.",
}


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
    who: str
    length: str
    started: str
    facts: list[Fact]
    links: list[Fact]
    players: list[Player]
    turns: list[Turn]
    agent_name: str
    caller_name: str
    documents: list[Fact]
    events: list[Happening]
    transfers: list[ShownTransfer]
    speeds: tuple[str, ...] = SPEEDS

    @property
    def goes_on(self) -> bool:
        """Whether more may be said: the page reads along then."""
        return self.call.status in RUNNING

    @property
    def may_pause(self) -> bool:
        """Whether the carrier's recording can be paused."""
        return self.goes_on and may_pause(self.call)

    @property
    def recording_now(self) -> str:
        return _RECORDING_NOW[RecordingPause(self.call.recording_pause)]

    @property
    def has_lanes(self) -> bool:
        """Whether it is known who speaks when."""
        return any(turn.seconds for turn in self.turns)


def call_page(call: Call, *, listener: str, names_organization: bool) -> CallPage:
    """Four statements besides the call: what it cost, recordings, newest events, transfers where there may be any."""
    agent_name = (call.ai_agent.name if call.ai_agent is not None else call.agent_name) or "Agent"
    caller_name = str(call.contact) if call.contact is not None else "Caller"
    return CallPage(
        call=call,
        who=who_of(call),
        length=minutes(call.duration),
        started=moment(call.start_time, with_seconds=True, with_zone=True),
        facts=_facts(call),
        links=_links(call, names_organization),
        players=players_of(call, listener=listener),
        turns=turns_of(call.ai_transcript, agent=agent_name, caller=caller_name),
        agent_name=agent_name,
        caller_name=caller_name,
        documents=_documents(call),
        events=_events(call),
        transfers=transfers_of(call),
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
        Fact("Answered by", call.get_answered_by_display()),
        Fact("How it ended", _ending(call)),
        Fact("Recording", _consent(call)),
        Fact("Handled by AI", ai_handled),
        Fact("Cost", _cost(call)),
        Fact("Received", moment(call.created_at, with_seconds=True)),
        Fact("Identifier", call.pk),
        Fact("Provider's id", call.provider_call_id or ""),
        Fact("AI conversation", call.ai_conversation_id or ""),
        Fact("Vendor's id", call.external_call_id or ""),
    ]
    return _known(facts)


def _known(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.value not in ("", NOTHING)]


def _consent(call: Call) -> str:
    """What people say to it, and by whose word."""
    if call.recording_consent == ConsentState.UNKNOWN:
        return ""
    told = call.get_recording_consent_display()
    return f"{told} ({call.recording_consent_source})" if call.recording_consent_source else told


def _ending(call: Call) -> str:
    """The reason, and on whose side it lay where it lay on one."""
    if not call.end_reason:
        return ""
    reason, fault = call.get_end_reason_display(), call.end_fault
    return reason if fault in ("", EndFault.NONE) else f"{reason} ({call.get_end_fault_display().lower()})"


def _cost(call: Call) -> str:
    billing = call_billing(call)
    if billing.status == "not_charged":
        return ""
    return f"{billing.total_charge} {billing.currency}, {billing.status}"


def _links(call: Call, names_organization: bool) -> list[Fact]:
    agent = link_to(call.ai_agent) if call.ai_agent is not None else call.agent_name or NOTHING
    links = [
        Fact("Contact", link_to(call.contact)),
        Fact("Conversation", link_to(call.conversation)),
        Fact("Agent", agent),
        Fact("User", link_to(call.user)),
        Fact("Deliveries", _deliveries_of(call)),
        Fact("Organization", str(call.organization) if names_organization else ""),
    ]
    return _known(links)


def _deliveries_of(call: Call) -> str | SafeString:
    """What its provider sent; a vendor's call has none."""
    if not provider_of(call.provider).endpoints:
        return NOTHING
    return link(list_at("calls.delivery", f"q={call.pk}"), "What the provider sent")


def _documents(call: Call) -> list[Fact]:
    documents = {"Analysis": call.analysis, "Metadata": call.metadata, "Provider metadata": call.provider_metadata}
    return [Fact(name, json_text(document)) for name, document in documents.items() if document]


def _events(call: Call) -> list[Happening]:
    log = EventLog.objects.of_organization(call.organization_id).filter(call_id=call.pk)
    newest = list(log.order_by("-id")[:EVENTS_MAX])
    return [
        Happening(name=in_words(event.name), at=moment(event.created_at, with_seconds=True), data=json_text(event.data))
        for event in reversed(newest)
    ]
