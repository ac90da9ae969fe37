"""What the endpoints of calls and agents answer with; the documents themselves are in `calls.documents`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from calls.documents.call import CallDocument
from calls.documents.prompt import PromptDocument
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class CallsIngestCreatedResponse(WireStruct):
    """The call is kept."""

    success: Literal[True]
    call_id: str
    contact_id: str
    conversation_id: str


class CallsIngestDedupResponse(WireStruct):
    """An earlier request had brought this call already."""

    success: Literal[True]
    deduplicated: Literal[True]
    call_id: str


class CallsIngestErrorResponse(WireStruct):
    """Why a call was not kept, in one sentence; `code` is the stable name of it."""

    success: Literal[False]
    error: str
    code: str | UnsetType = UNSET


class CallsHistoryResponse(WireStruct):
    """One page of history, newest first."""

    success: Literal[True]
    calls: list[CallDocument]
    total: Annotated[int, msgspec.Meta(description="Calls that match; with a cursor, as counted for the first page.")]
    total_capped: (
        Annotated[bool, msgspec.Meta(description="True where counting stopped: there are at least `total`.")]
        | UnsetType
    ) = UNSET
    next_cursor: (
        Annotated[str, msgspec.Meta(description="Give it as `cursor`, with the same filters, for the next page.")]
        | UnsetType
    ) = UNSET


class StatusStatistics(WireStruct):
    """The calls of one status; durations in seconds."""

    count: int
    total_duration: float | int
    avg_duration: float | int


class CallStatistics(WireStruct):
    """Durations in seconds; averages over all calls, those without a duration counting as 0."""

    total_calls: int
    total_duration: float | int
    average_duration: float | int
    by_status: dict[str, StatusStatistics]


class CallsStatisticsResponse(WireStruct):
    """Totals of a period."""

    success: Literal[True]
    statistics: CallStatistics


class CallsCallResponse(WireStruct):
    """One call, with its transcript."""

    success: Literal[True]
    call: CallDocument


class CallsCallSuccessResponse(WireStruct):
    """What became of a call; `call` is missing where none was found."""

    success: Literal[True]
    call: CallDocument | UnsetType = UNSET
    message: str | UnsetType = UNSET


class CallsMessageResponse(WireStruct):
    """It is done; `message` says what."""

    success: Literal[True]
    message: str


class CallsOutboundAiCallResponse(WireStruct):
    """The provider dials."""

    success: Literal[True]
    conversation_id: Annotated[str, msgspec.Meta(description="ElevenLabs' id of the conversation.")] | UnsetType = UNSET
    sip_call_id: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    deduplicated: (
        Annotated[bool, msgspec.Meta(description="The same call was placed a moment ago: these are its ids.")]
        | UnsetType
    ) = UNSET


class TranscriptionTurn(WireStruct):
    """One turn of the dialogue; `timestamp` in seconds into the call, null where it is not known."""

    role: str
    message: str
    timestamp: Annotated[
        Any,
        msgspec.Meta(
            description="Seconds into the call, or null.", extra_json_schema={"type": "number", "nullable": True}
        ),
    ]


class CallsRecordingResponse(WireStruct):
    """Where a recording plays for ten minutes, and its transcript."""

    success: Literal[True]
    recording_id: str
    transcription_text: str
    transcription_data: list[TranscriptionTurn]
    direction: str
    audio_url: Annotated[str, msgspec.Meta(description="Signed; works for 600 seconds.")] | UnsetType = UNSET
    audio_data: Annotated[str, msgspec.Meta(description="Reserved for storages without addresses.")] | UnsetType = UNSET
    duration: Annotated[float, msgspec.Meta(description="Seconds.")] | UnsetType = UNSET
    from_: str | UnsetType = msgspec.field(name="from", default=UNSET)
    to: str | UnsetType = UNSET


class PromptsPageResponse(WireStruct):
    """One page of agents, newest first; `total` counts those of all pages."""

    success: Literal[True]
    prompts: list[PromptDocument]
    total: int
    page: int
    size: int


class PromptResponse(WireStruct):
    """One agent."""

    success: Literal[True]
    prompt: PromptDocument
