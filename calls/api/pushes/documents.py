"""What vendors are answered."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct


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


class CallsLivePushResponse(WireStruct):
    """What was told is kept."""

    success: Literal[True]
    call_id: str
    deduplicated: Annotated[bool, msgspec.Meta(description="It was known already.")] | UnsetType = UNSET


class CallsIngestDryRunResponse(WireStruct):
    """The call would be kept; nothing was."""

    success: Literal[True]
    dry_run: Literal[True]


class IngestedResult(WireStruct):
    """What became of one call of a batch: the answer that it would have got alone, and its status."""

    status: Annotated[int, msgspec.Meta(description="The HTTP status that the call would have been answered with.")]
    success: bool
    call_id: str | UnsetType = UNSET
    contact_id: str | UnsetType = UNSET
    conversation_id: str | UnsetType = UNSET
    deduplicated: Annotated[bool, msgspec.Meta(description="The call was there already.")] | UnsetType = UNSET
    dry_run: Annotated[bool, msgspec.Meta(description="The call would be kept; nothing was.")] | UnsetType = UNSET
    repeats: (
        Annotated[int, msgspec.Meta(description="Of a dry run: the position of the call in the batch that it repeats.")]
        | UnsetType
    ) = UNSET
    error: Annotated[str, msgspec.Meta(description="Why the call was not kept.")] | UnsetType = UNSET
    code: Annotated[str, msgspec.Meta(description="The stable name of it.")] | UnsetType = UNSET


class CallsIngestBatchResponse(WireStruct):
    """The batch was read; `results` has an answer for each of its calls, in their order."""

    success: Literal[True]
    results: list[IngestedResult]
    dry_run: Annotated[bool, msgspec.Meta(description="Nothing was kept.")] | UnsetType = UNSET


class RefusedPushDocument(WireStruct):
    """A call that was pushed and not kept."""

    id: str = msgspec.field(name="_id")
    created_at: Timestamp
    status: Annotated[int, msgspec.Meta(description="As it was answered, in a batch its own.")]
    code: str
    key_name: Annotated[str, msgspec.Meta(description="The API key that it came with.")] | UnsetType = UNSET
    field: Annotated[str, msgspec.Meta(description="What was wrong, such as `transcript[0].role`.")] | UnsetType = UNSET
    external_call_id: str | UnsetType = UNSET


class RefusedPushesPageResponse(WireStruct):
    """One page of refused pushes, newest first; `total` counts those of all pages."""

    data: list[RefusedPushDocument]
    total: int
    page: int
    size: int
