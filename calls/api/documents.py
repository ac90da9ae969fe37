"""What the endpoints of calls and agents answer with; the documents themselves are in `calls.documents`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from calls.documents.call import CallDocument
from calls.documents.label import DispositionDocument, TagDocument
from calls.documents.prompt import PromptDocument, PromptTexts, PromptVersionDocument
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


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


class SearchMatch(WireStruct):
    """Where in a call it was said."""

    role: Annotated[
        Literal["agent", "user", "summary", "note"],
        msgspec.Meta(description="Who said it; or the summary; or a note."),
    ]
    text: Annotated[
        str,
        msgspec.Meta(
            description=(
                "HTML: the turn with `<mark>` around what was found and everything else escaped; of one with more than"
                " 2,000 characters a part."
            )
        ),
    ]
    turn: Annotated[int, msgspec.Meta(description="Its place in the transcript, from 0.")] | UnsetType = UNSET
    timestamp: Annotated[float, msgspec.Meta(description="Seconds into the call.")] | UnsetType = UNSET


class SearchHit(WireStruct):
    """A call without its transcript, and at most 5 places in it."""

    call: CallDocument
    matches: list[SearchMatch]


class CallsSearchResponse(WireStruct):
    """One page of what a search found, newest first."""

    success: Literal[True]
    hits: list[SearchHit]
    total: Annotated[int, msgspec.Meta(description="Calls found; with a cursor, as counted for the first page.")]
    total_capped: (
        Annotated[bool, msgspec.Meta(description="True where counting stopped: there are at least `total`.")]
        | UnsetType
    ) = UNSET
    next_cursor: (
        Annotated[
            str,
            msgspec.Meta(
                description="Give it as `cursor`, with the same parameters; a page before the last may be short."
            ),
        ]
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


class CallsLiveTurnDocument(WireStruct):
    """What one side said."""

    role: str
    message: str
    timestamp: Annotated[float, msgspec.Meta(description="Seconds into the call.")] | UnsetType = UNSET


class CallsLiveResponse(WireStruct):
    """A call and what has been said in it so far."""

    success: Literal[True]
    call_id: str
    status: str
    is_live: Annotated[bool, msgspec.Meta(description="It goes on: there may be more turns.")]
    turns: list[CallsLiveTurnDocument]


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
    message: str | UnsetType = UNSET


class PromptVersionsPageResponse(WireStruct):
    """One page of what an agent said, newest first; `total` counts those of all pages."""

    success: Literal[True]
    versions: list[PromptVersionDocument]
    total: int
    page: int
    size: int


class PromptVersionResponse(WireStruct):
    """What an agent said, from one change to the next."""

    success: Literal[True]
    version: PromptVersionDocument
    message: str | UnsetType = UNSET


class PromptDifference(WireStruct):
    """A setting that is not the same here and at the agents' provider."""

    field: str
    ours: Any
    theirs: Any


class PromptSyncResponse(WireStruct):
    """The agent; where the two differ and nobody said which is to stay, what differs: then nothing was written."""

    success: Literal[True]
    message: str
    prompt: PromptDocument
    differences: list[PromptDifference]


class PromptConflictResponse(WireStruct):
    """Somebody was quicker (`PROMPT_CHANGED`, with both texts), or another agent has the id (`PROMPT_EXISTS`)."""

    success: Literal[False]
    error: str
    code: str
    current: Annotated[PromptTexts, msgspec.Meta(description="What the agent says now.")] | UnsetType = UNSET
    yours: Annotated[PromptTexts, msgspec.Meta(description="What was to take its place.")] | UnsetType = UNSET


class TagsResponse(WireStruct):
    """The organization's tags, by name."""

    success: Literal[True]
    tags: list[TagDocument]


class TagResponse(WireStruct):
    """One tag."""

    success: Literal[True]
    tag: TagDocument


class DispositionsResponse(WireStruct):
    """The organization's dispositions, by name."""

    success: Literal[True]
    dispositions: list[DispositionDocument]


class DispositionResponse(WireStruct):
    """One disposition."""

    success: Literal[True]
    disposition: DispositionDocument
