"""The documents of section 2 of the API: how calls and recordings look to clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeAlias

import msgspec

from calls.models import CallProvider, Recording
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
else:
    _ProviderName = Literal[tuple(CallProvider.values)]


class RecordingDocument(WireStruct):
    """A recording: never a path or an address, which `GET /api/calls/{callId}/recording` gives for ten minutes."""

    id: str = msgspec.field(name="_id")
    content_type: str
    size: Annotated[int, msgspec.Meta(description="Bytes.")]
    created_at: Timestamp
    duration: Annotated[float | int, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET


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
    ai_transcript: list[dict[str, Any]] | UnsetType = UNSET
    ai_summary: str | UnsetType = UNSET
    ai_handled_duration: Annotated[float, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET
    provider_metadata: dict[str, Any] | UnsetType = UNSET
    created_at: Timestamp | UnsetType = UNSET
    updated_at: Timestamp | UnsetType = UNSET


class CallRow(Protocol):
    """What a document is made of: a `Call`, or a row of `selectors.history` (which is cheaper to read)."""

    id: Any
    provider: Any
    provider_call_id: Any
    external_call_id: Any
    direction: Any
    status: Any
    from_number: Any
    to_number: Any
    contact_id: Any
    conversation_id: Any
    organization_id: Any
    user_id: Any
    provider_phone_number: Any
    start_time: Any
    answer_time: Any
    end_time: Any
    duration: Any
    ai_agent_id: Any
    ai_summary: Any
    ai_handled_duration: Any
    metadata: Any
    provider_metadata: Any
    created_at: Any
    updated_at: Any


# The columns of a document, transcript excepted.
CALL_COLUMNS: tuple[str, ...] = tuple(CallRow.__annotations__)


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


def call_document(
    call: CallRow,
    *,
    recordings: Iterable[Recording] = (),
    contact: ContactSubset | None = None,
    user: UserSubset | None = None,
    transcript: list[dict[str, Any]] | None = None,
) -> CallDocument:
    """The document of a call; contact and user as ids unless given populated, the transcript only when given."""
    return CallDocument(
        id=call.id,
        call_id=call.id,
        provider=call.provider,
        provider_call_id=or_unset(call.provider_call_id or call.external_call_id),
        direction=call.direction,
        status=call.status,
        from_=or_unset(call.from_number),
        to=or_unset(call.to_number),
        contact_id=contact or or_unset(call.contact_id),
        conversation_id=or_unset(call.conversation_id),
        organization_id=call.organization_id,
        user_id=user or or_unset(call.user_id),
        provider_phone_number=or_unset(call.provider_phone_number),
        start_time=timestamp(call.start_time),
        answer_time=timestamp(call.answer_time),
        end_time=timestamp(call.end_time),
        duration=number(call.duration),
        recordings=[msgspec.to_builtins(recording_document(recording)) for recording in recordings],
        ai_agent_id=or_unset(call.ai_agent_id),
        ai_transcript=UNSET if transcript is None else transcript,
        ai_summary=or_unset(call.ai_summary),
        ai_handled_duration=number(call.ai_handled_duration),
        metadata=or_unset(call.metadata),
        provider_metadata=or_unset(call.provider_metadata),
        created_at=timestamp(call.created_at),
        updated_at=timestamp(call.updated_at),
    )
