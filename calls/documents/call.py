"""The documents of section 2 of the API: how calls and recordings look to clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from calls.documents.facts import CallFacts, ContactFacts, DispositionFacts, UserFacts
from calls.models import CallProvider, DispositionKind, Recording
from calls.opt_out.heard import HeardBy
from calls.outcomes import AnsweredBy, EndFault, EndReason
from calls.reports import ENDED
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, number, or_unset, timestamp


class ContactSubset(WireStruct):
    """The contact of a call, as much of it as lists show."""

    id: str = msgspec.field(name="_id")
    phone_number: str
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET


class UserSubset(WireStruct):
    """The user of a call, as much of it as lists show."""

    id: str = msgspec.field(name="_id")
    email: str
    full_name: str | UnsetType = UNSET


if TYPE_CHECKING:
    _ProviderName: TypeAlias = str
    AnsweredByName: TypeAlias = str
    EndReasonName: TypeAlias = str
    EndFaultName: TypeAlias = str
    DispositionKindName: TypeAlias = str
    OptOutSource: TypeAlias = str
else:
    _ProviderName = Literal[tuple(CallProvider.values)]
    AnsweredByName = Literal[tuple(map(str, AnsweredBy))]
    EndReasonName = Literal[tuple(map(str, EndReason))]
    EndFaultName = Literal[tuple(map(str, EndFault))]
    DispositionKindName = Literal[tuple(DispositionKind.values)]
    OptOutSource = Literal[tuple(map(str, HeardBy))]


class CallTagDocument(WireStruct):
    """A tag of a call."""

    id: str = msgspec.field(name="_id")
    name: str
    color: str


class CallDispositionDocument(WireStruct):
    """The disposition of a call."""

    id: str = msgspec.field(name="_id")
    name: str
    kind: DispositionKindName


class RecordingDocument(WireStruct):
    """A recording: never a path or an address, which `GET /api/calls/{callId}/recording` gives for ten minutes."""

    id: str = msgspec.field(name="_id")
    content_type: str
    size: Annotated[int, msgspec.Meta(description="Bytes.")]
    created_at: Timestamp
    duration: Annotated[float | int, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET


class OptOutDocument(WireStruct):
    """That the customer of a call asked not to be called again."""

    detected_at: Timestamp
    by: Annotated[OptOutSource, msgspec.Meta(description="What was heard, an agent's tool, or a person.")]
    turn: Annotated[int, msgspec.Meta(description="Of the transcript, from 0.", ge=0)] | UnsetType = UNSET
    text: Annotated[str, msgspec.Meta(description="What was said, at most 200 characters.")] | UnsetType = UNSET


ConsentName = Literal["announced", "granted", "denied", "unknown"]


class RecordingConsentDocument(WireStruct):
    """What people say to the recording of a call. Where they deny it no audio is kept."""

    state: ConsentName
    at: Timestamp | UnsetType = UNSET
    source: Annotated[str, msgspec.Meta(description="By whose word.")] | UnsetType = UNSET


class RecordingPauseDocument(WireStruct):
    """That the carrier's recording of a call that goes on pauses; `pausing` and `resuming` are not answered yet."""

    state: Literal["pausing", "paused", "resuming"]
    at: Timestamp


class CallDocument(WireStruct):
    """A call. Values that are not there are left out; be tolerant of further properties."""

    id: str | UnsetType = msgspec.field(name="_id", default=UNSET)
    call_id: Annotated[str, msgspec.Meta(description="The same value as `_id`.")] | UnsetType = UNSET
    provider: _ProviderName | UnsetType = UNSET
    provider_call_id: Annotated[str, msgspec.Meta(description="The provider's or vendor's id.")] | UnsetType = UNSET
    direction: Literal["inbound", "outbound"] | UnsetType = UNSET
    status: (
        Annotated[
            str,
            msgspec.Meta(
                description="initiated, ringing, in-progress, answered, completed, no-answer, busy, failed or canceled."
            ),
        ]
        | UnsetType
    ) = UNSET
    from_: str | UnsetType = msgspec.field(name="from", default=UNSET)
    to: str | UnsetType = UNSET
    contact_id: Annotated[Any, msgspec.Meta(description="An id, or a ContactSubset in history and detail.")] = UNSET
    conversation_id: str | UnsetType = UNSET
    organization_id: str | UnsetType = UNSET
    user_id: Annotated[Any, msgspec.Meta(description="An id, or a UserSubset in history and detail.")] = UNSET
    provider_phone_number: Annotated[str, msgspec.Meta(description="Our side's number.")] | UnsetType = UNSET
    start_time: Timestamp | UnsetType = UNSET
    answer_time: Timestamp | UnsetType = UNSET
    end_time: Timestamp | UnsetType = UNSET
    duration: Annotated[float, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET
    recordings: list[dict[str, Any]] | UnsetType = UNSET
    ai_agent_id: str | UnsetType = UNSET
    prompt_version_id: Annotated[str, msgspec.Meta(description="The version of the agent that spoke.")] | UnsetType = (
        UNSET
    )
    ai_transcript: list[dict[str, Any]] | UnsetType = UNSET
    ai_summary: str | UnsetType = UNSET
    ai_handled_duration: Annotated[float, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET
    answered_by: AnsweredByName | UnsetType = UNSET
    end_reason: Annotated[EndReasonName, msgspec.Meta(description="Of a call that has ended.")] | UnsetType = UNSET
    end_fault: Annotated[EndFaultName, msgspec.Meta(description="On whose side the reason lay.")] | UnsetType = UNSET
    analysis: (
        Annotated[
            dict[str, Any], msgspec.Meta(description="What the provider's own analysis found; where the transcript is.")
        ]
        | UnsetType
    ) = UNSET
    tags: list[CallTagDocument] | UnsetType = UNSET
    disposition: CallDispositionDocument | UnsetType = UNSET
    is_starred: bool | UnsetType = UNSET
    opt_out: OptOutDocument | UnsetType = UNSET
    recording_consent: RecordingConsentDocument | UnsetType = UNSET
    recording_pause: RecordingPauseDocument | UnsetType = UNSET
    transferred_from: (
        Annotated[str, msgspec.Meta(description="The call of the agent that handed its caller over.")] | UnsetType
    ) = UNSET
    content_erased_at: (
        Annotated[Timestamp, msgspec.Meta(description="Since when neither recording nor words are kept.")] | UnsetType
    ) = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    provider_metadata: dict[str, Any] | UnsetType = UNSET
    created_at: Timestamp | UnsetType = UNSET
    updated_at: Timestamp | UnsetType = UNSET


def transcript_text(turns: Iterable[Mapping[str, Any]]) -> str:
    """`role: message`, a line for each turn."""
    return "\n".join(f"{turn['role']}: {turn['message']}" for turn in turns)


def recording_document(recording: Recording) -> RecordingDocument:
    return RecordingDocument(
        id=recording.pk,
        content_type=recording.content_type,
        size=recording.size,
        duration=number(recording.duration),
        created_at=timestamp(recording.created_at),  # type: ignore[arg-type]  # never None
    )


def call_document(facts: CallFacts, *, recordings: Iterable[Recording] = ()) -> CallDocument:
    """The document of a call: contact and user populated where they were read, else as ids; a transcript if read."""
    return CallDocument(
        id=facts.id,
        call_id=facts.id,
        provider=facts.provider,
        provider_call_id=or_unset(facts.provider_call_id or facts.external_call_id),
        direction=facts.direction,  # type: ignore[arg-type]  # the database holds one of the two
        status=facts.status,
        from_=or_unset(facts.from_number),
        to=or_unset(facts.to_number),
        contact_id=_contact(facts.contact) if facts.contact is not None else or_unset(facts.contact_id),
        conversation_id=or_unset(facts.conversation_id),
        organization_id=facts.organization_id,
        user_id=_user(facts.user) if facts.user is not None else or_unset(facts.user_id),
        provider_phone_number=or_unset(facts.provider_phone_number),
        start_time=timestamp(facts.start_time),
        answer_time=timestamp(facts.answer_time),
        end_time=timestamp(facts.end_time),
        duration=number(facts.duration),
        recordings=[msgspec.to_builtins(recording_document(recording)) for recording in recordings],
        ai_agent_id=or_unset(facts.ai_agent_id),
        prompt_version_id=or_unset(facts.prompt_version_id),
        ai_transcript=UNSET if facts.ai_transcript is None else facts.ai_transcript,
        ai_summary=or_unset(facts.ai_summary),
        ai_handled_duration=number(facts.ai_handled_duration),
        answered_by=or_unset(facts.answered_by),
        end_reason=or_unset(facts.end_reason),
        end_fault=or_unset(facts.end_fault),
        analysis=or_unset(facts.analysis),
        tags=[CallTagDocument(id=tag.id, name=tag.name, color=tag.color) for tag in facts.tags],
        disposition=_disposition(facts.disposition) if facts.disposition is not None else UNSET,
        is_starred=facts.is_starred,
        opt_out=_opt_out(facts),
        recording_consent=_consent(facts),
        recording_pause=_pause(facts),
        transferred_from=or_unset(facts.transferred_from_id),
        content_erased_at=timestamp(facts.content_erased_at),
        metadata=or_unset(facts.metadata),
        provider_metadata=or_unset(facts.provider_metadata),
        created_at=timestamp(facts.created_at),
        updated_at=timestamp(facts.updated_at),
    )


def _consent(facts: CallFacts) -> RecordingConsentDocument | UnsetType:
    if facts.recording_consent == "unknown":
        return UNSET
    return RecordingConsentDocument(
        state=facts.recording_consent,  # type: ignore[arg-type]  # the database holds one of them
        at=timestamp(facts.recording_consent_at),
        source=or_unset(facts.recording_consent_source),
    )


def _pause(facts: CallFacts) -> RecordingPauseDocument | UnsetType:
    if not facts.recording_pause or facts.recording_pause_at is None or facts.status in ENDED:
        return UNSET
    return RecordingPauseDocument(
        state=facts.recording_pause,  # type: ignore[arg-type]  # the database holds one of them
        at=to_wire(facts.recording_pause_at),
    )


def _opt_out(facts: CallFacts) -> OptOutDocument | UnsetType:
    if facts.opted_out_at is None or facts.opt_out is None:
        return UNSET
    turn = facts.opt_out.get("turn")
    return OptOutDocument(
        detected_at=to_wire(facts.opted_out_at),
        by=facts.opt_out["by"],
        turn=UNSET if turn is None else turn,
        text=or_unset(facts.opt_out.get("text")),
    )


def _contact(contact: ContactFacts) -> ContactSubset:
    return ContactSubset(
        id=contact.id,
        phone_number=contact.phone_number,
        first_name=or_unset(contact.first_name),
        last_name=or_unset(contact.last_name),
        email=or_unset(contact.email),
    )


def _disposition(disposition: DispositionFacts) -> CallDispositionDocument:
    return CallDispositionDocument(id=disposition.id, name=disposition.name, kind=disposition.kind)


def _user(user: UserFacts) -> UserSubset:
    return UserSubset(id=user.id, email=user.email, full_name=or_unset(user.full_name))
