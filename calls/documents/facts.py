"""What the documents of a call are made of, whether it comes from a row or from an event's copy of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

import msgspec

from calls.models import Call, Tag
from tether_calls.common.times import from_wire
from tether_calls.realtime.models import EventLog


class ContactFacts(msgspec.Struct, frozen=True):
    """The contact of a call; texts are empty where they are not known."""

    id: str
    phone_number: str
    first_name: str
    last_name: str
    email: str


class AgentFacts(msgspec.Struct, frozen=True):
    """The organization's own agent of a call."""

    id: str
    name: str
    elevenlabs_agent_id: str | None


class UserFacts(msgspec.Struct, frozen=True):
    """The user of a call."""

    id: str
    email: str
    full_name: str


class TagFacts(msgspec.Struct, frozen=True):
    """A tag of a call."""

    id: str
    name: str
    color: str


class DispositionFacts(msgspec.Struct, frozen=True):
    """The disposition of a call."""

    id: str
    name: str
    kind: str


class CallColumns(msgspec.Struct, frozen=True):
    """The columns of a call that documents show, under their names in the model; texts are empty where not known."""

    id: str
    organization_id: str
    provider: str
    provider_call_id: str | None
    external_call_id: str | None
    direction: str
    status: str
    from_number: str
    to_number: str
    provider_phone_number: str
    contact_id: str | None
    conversation_id: str | None
    user_id: str | None
    start_time: datetime
    answer_time: datetime | None
    end_time: datetime | None
    duration: float | None
    ai_agent_id: str | None
    agent_name: str
    prompt_version_id: str | None
    ai_summary: str
    ai_handled_duration: float | None
    answered_by: str
    end_reason: str
    end_fault: str
    disposition_id: str | None
    tag_ids: str
    is_starred: bool
    opted_out_at: datetime | None
    opt_out: dict[str, Any] | None
    recording_consent: str
    recording_consent_at: datetime | None
    recording_consent_source: str
    recording_pause: str
    recording_pause_at: datetime | None
    transferred_from_id: str | None
    audio_erased_at: datetime | None
    transcript_erased_at: datetime | None
    created_at: datetime
    updated_at: datetime
    # The last ones, so that lists without them read the columns in front.
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    provider_metadata: dict[str, Any] = msgspec.field(default_factory=dict)


CALL_COLUMNS = CallColumns.__struct_fields__
_held = itemgetter(*CALL_COLUMNS)
_asked_for = attrgetter(*CALL_COLUMNS)


def _columns_of(call: Call) -> tuple[Any, ...]:
    """Where the values are: asked for by name, those of foreign keys come through a descriptor written in Python."""
    try:
        columns: tuple[Any, ...] = _held(call.__dict__)
    except KeyError:
        # A row that was read without some columns.
        columns = _asked_for(call)
    return columns


class CallFacts(CallColumns, frozen=True, kw_only=True):
    """A call with what was read besides its columns; None: not read, or not there."""

    ai_transcript: list[dict[str, Any]] | None = None
    analysis: dict[str, Any] | None = None
    # The organization's own; of a vendor's there is only `agent_name`.
    ai_agent: AgentFacts | None = None
    contact: ContactFacts | None = None
    user: UserFacts | None = None
    disposition: DispositionFacts | None = None
    tags: list[TagFacts] = msgspec.field(default_factory=list)

    @property
    def content_erased_at(self) -> datetime | None:
        """Since when neither recording nor words are left."""
        if self.audio_erased_at is None or self.transcript_erased_at is None:
            return None
        return max(self.audio_erased_at, self.transcript_erased_at)

    @property
    def customer_number(self) -> str:
        return self.from_number if self.direction == "inbound" else self.to_number


def facts_of(call: Call) -> CallFacts:
    """The columns of a row, and its labels: a statement for its tags, and one for its disposition, where it has any."""
    return CallFacts(*_columns_of(call), disposition=_disposition_of(call), tags=tag_facts(call.tags))


def tag_facts(tags: Iterable[Tag]) -> list[TagFacts]:
    return [TagFacts(tag.pk, tag.name, tag.color) for tag in tags]


def _disposition_of(call: Call) -> DispositionFacts | None:
    # By the id first: else Django asks the database for every call without.
    disposition = call.disposition if call.disposition_id is not None else None
    return DispositionFacts(disposition.pk, disposition.name, disposition.kind) if disposition is not None else None


def full_facts_of(call: Call) -> CallFacts:
    """A row with its transcript, agent, contact and disposition, which want to be selected with it, and its tags."""
    agent, contact = call.ai_agent, call.contact
    return CallFacts(
        *_columns_of(call),
        ai_transcript=call.ai_transcript,
        analysis=call.analysis,
        ai_agent=AgentFacts(agent.pk, agent.name, agent.elevenlabs_agent_id) if agent is not None else None,
        contact=ContactFacts(contact.pk, contact.phone_number, contact.first_name, contact.last_name, contact.email)
        if contact is not None
        else None,
        disposition=_disposition_of(call),
        tags=tag_facts(call.tags),
    )


def facts_at(event: EventLog, row: CallFacts | None) -> CallFacts | None:
    """The call as it was at an event, by the event's own copy, and otherwise as it is now (`row`, None: deleted).

    None where there is neither. Of a deleted call neither agent nor contact is known any more.
    """
    told = event.data.get("call")
    if not isinstance(told, dict):
        return row
    facts = row if row is not None else _facts_of_deleted(event, told)
    return msgspec.structs.replace(
        facts,
        direction=told.get("direction", facts.direction),
        status=told.get("status", facts.status),
        start_time=from_wire(told["startTime"]) if "startTime" in told else facts.start_time,
        end_time=from_wire(told["endTime"]) if "endTime" in told else None,
        duration=told.get("duration"),
        ai_summary=told.get("aiSummary", ""),
        answered_by=told.get("answeredBy", ""),
        end_reason=told.get("endReason", ""),
        end_fault=told.get("endFault", ""),
        disposition=_disposition_told(told),
        tags=[TagFacts(tag["_id"], tag["name"], tag["color"]) for tag in told.get("tags", [])],
        is_starred=told.get("isStarred", False),
        **_opt_out_told(told),
        **_consent_told(told),
    )


def _consent_told(told: dict[str, Any]) -> dict[str, Any]:
    known = told.get("recordingConsent") or {}
    return {
        "recording_consent": known.get("state", "unknown"),
        "recording_consent_at": from_wire(known["at"]) if "at" in known else None,
        "recording_consent_source": known.get("source", ""),
    }


def _opt_out_told(told: dict[str, Any]) -> dict[str, Any]:
    known = told.get("optOut")
    if known is None:
        return {"opted_out_at": None, "opt_out": None}
    return {"opted_out_at": from_wire(known["detectedAt"]), "opt_out": known}


def _disposition_told(told: dict[str, Any]) -> DispositionFacts | None:
    known = told.get("disposition")
    return DispositionFacts(known["_id"], known["name"], known["kind"]) if known is not None else None


def _facts_of_deleted(event: EventLog, told: dict[str, Any]) -> CallFacts:
    """What the events of a deleted call can still tell of it, apart from what changes."""
    return CallFacts(
        id=str(event.call_id),
        organization_id=event.organization_id,
        provider=told.get("provider", ""),
        provider_call_id=told.get("providerCallId"),
        external_call_id=None,
        direction="",
        status="",
        from_number=told.get("from", ""),
        to_number=told.get("to", ""),
        provider_phone_number=told.get("providerPhoneNumber", ""),
        contact_id=None,
        conversation_id=None,
        user_id=None,
        start_time=event.created_at,
        answer_time=None,
        end_time=None,
        duration=None,
        ai_agent_id=None,
        agent_name="",
        prompt_version_id=None,
        ai_summary="",
        ai_handled_duration=None,
        answered_by="",
        end_reason="",
        end_fault="",
        disposition_id=None,
        tag_ids="",
        is_starred=False,
        opted_out_at=None,
        opt_out=None,
        recording_consent="unknown",
        recording_consent_at=None,
        recording_consent_source="",
        recording_pause="",
        recording_pause_at=None,
        transferred_from_id=None,
        audio_erased_at=None,
        transcript_erased_at=None,
        created_at=event.created_at,
        updated_at=event.created_at,
    )
