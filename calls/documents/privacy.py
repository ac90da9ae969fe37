"""The documents of retention, legal holds and privacy requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from calls.models import LegalHold, PrivacyRequest, RetentionRule, StorageMode
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset, timestamp

_Mode = Literal["everything", "no_audio", "metadata_only"]


class AgentRetentionDocument(WireStruct):
    """What is kept of one agent's calls."""

    agent_id: str
    agent_name: str
    storage_mode: _Mode
    audio_days: int | UnsetType = UNSET
    transcript_days: int | UnsetType = UNSET
    call_days: int | UnsetType = UNSET


class RetentionDocument(WireStruct):
    """What an organization keeps of calls, and for how many days; what has none is kept for ever."""

    storage_mode: _Mode
    agents: Annotated[list[AgentRetentionDocument], msgspec.Meta(description="Agents with rules of their own.")]
    audio_days: int | UnsetType = UNSET
    transcript_days: int | UnsetType = UNSET
    call_days: int | UnsetType = UNSET


class HoldDocument(WireStruct):
    """A legal hold. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    scope: Literal["contact", "number", "call", "period"]
    reason: str
    created_at: Timestamp
    contact_id: str | UnsetType = UNSET
    phone_number: str | UnsetType = UNSET
    call_id: str | UnsetType = UNSET
    begins: Timestamp | UnsetType = UNSET
    ends: Timestamp | UnsetType = UNSET
    placed_by: str | UnsetType = UNSET
    released_at: Annotated[Timestamp, msgspec.Meta(description="It holds nothing any more.")] | UnsetType = UNSET


class PrivacyPlace(WireStruct):
    """What was found, erased and kept in one place."""

    place: str
    title: str
    found: Annotated[int, msgspec.Meta(description="Rows, files or calls of the person.")]
    done: Annotated[int, msgspec.Meta(description="Erased; of find and export 0.")]
    kept: Annotated[int, msgspec.Meta(description="What stays in some form.")]
    why: Annotated[str, msgspec.Meta(description="Why something stays.")] | UnsetType = UNSET


class PrivacyRequestDocument(WireStruct):
    """What a person asked for, and how far it is. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    kind: Literal["find", "export", "erase"]
    state: Literal["queued", "running", "done", "failed"]
    number: Annotated[str, msgspec.Meta(description="The end of the telephone number.")]
    created_at: Timestamp
    due_at: Annotated[Timestamp, msgspec.Meta(description="Until when the person must have an answer.")]
    places: list[PrivacyPlace]
    finished_at: Timestamp | UnsetType = UNSET
    requested_by: Annotated[str, msgspec.Meta(description="The user.")] | UnsetType = UNSET
    archive_url: (
        Annotated[str, msgspec.Meta(description="Of an export: the ZIP; works for ten minutes.")] | UnsetType
    ) = UNSET


def retention_document(rules: Sequence[RetentionRule]) -> RetentionDocument:
    own = next((rule for rule in rules if rule.agent_id is None), RetentionRule(storage_mode=StorageMode.EVERYTHING))
    return RetentionDocument(
        storage_mode=own.storage_mode,  # type: ignore[arg-type]  # the database holds one of these
        audio_days=or_unset(own.audio_days),
        transcript_days=or_unset(own.transcript_days),
        call_days=or_unset(own.call_days),
        agents=[
            AgentRetentionDocument(
                agent_id=rule.agent_id or "",
                agent_name=rule.agent.name if rule.agent is not None else "",
                storage_mode=rule.storage_mode,  # type: ignore[arg-type]
                audio_days=or_unset(rule.audio_days),
                transcript_days=or_unset(rule.transcript_days),
                call_days=or_unset(rule.call_days),
            )
            for rule in rules
            if rule.agent_id is not None
        ],
    )


def hold_document(hold: LegalHold) -> HoldDocument:
    return HoldDocument(
        id=hold.pk,
        scope=hold.scope,  # type: ignore[arg-type]  # the database holds one of these
        reason=hold.reason,
        created_at=timestamp(hold.created_at),  # type: ignore[arg-type]  # never None
        contact_id=or_unset(hold.contact_id),
        phone_number=or_unset(hold.phone_number),
        call_id=or_unset(hold.call_id),
        begins=timestamp(hold.begins),
        ends=timestamp(hold.ends),
        placed_by=or_unset(hold.placed_by_id),
        released_at=timestamp(hold.released_at),
    )


def privacy_request_document(
    request: PrivacyRequest, *, archive_url: str | UnsetType = UNSET
) -> PrivacyRequestDocument:
    """`archive_url` is where the file of an export can be had."""
    return PrivacyRequestDocument(
        id=request.pk,
        kind=request.kind,  # type: ignore[arg-type]  # the database holds one of these
        state=request.state,  # type: ignore[arg-type]
        number=request.shown,
        created_at=timestamp(request.created_at),  # type: ignore[arg-type]  # never None
        due_at=timestamp(request.due_at),  # type: ignore[arg-type]
        places=[
            PrivacyPlace(
                place=entry["place"],
                title=entry["title"],
                found=entry["found"],
                done=entry["done"],
                kept=entry["kept"],
                why=or_unset(entry["why"]),
            )
            for entry in request.places
        ],
        finished_at=timestamp(request.finished_at),
        requested_by=or_unset(request.requested_by_id),
        archive_url=archive_url,
    )
