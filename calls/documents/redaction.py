"""The document of a redaction of old calls."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from calls.models import RedactionRun
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset, timestamp


class RedactionPlace(WireStruct):
    """How far it is in one place."""

    place: str
    title: str
    total: Annotated[int, msgspec.Meta(description="Rows that there were when it began.")]
    done: Annotated[int, msgspec.Meta(description="Of these, how many were looked at.")]
    changed: Annotated[int, msgspec.Meta(description="In how many something was masked.")]
    kept: Annotated[int, msgspec.Meta(description="How many a legal hold keeps as they are.")]


class RedactionDocument(WireStruct):
    """Old calls are redacted: by what, and how far that is. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    kinds: Annotated[list[str], msgspec.Meta(description="What is masked.")]
    state: Literal["queued", "running", "done", "canceled", "failed"]
    total: int
    done: int
    changed: int
    kept: int
    places: list[RedactionPlace]
    created_at: Timestamp
    started_by: Annotated[str, msgspec.Meta(description="The user.")] | UnsetType = UNSET
    canceled_by: Annotated[str, msgspec.Meta(description="The user.")] | UnsetType = UNSET
    finished_at: Timestamp | UnsetType = UNSET


def redaction_document(run: RedactionRun) -> RedactionDocument:
    return RedactionDocument(
        id=run.pk,
        kinds=run.kinds.split(),
        state=run.state,  # type: ignore[arg-type]  # the database holds one of these
        total=run.sum_of("total"),
        done=run.sum_of("done"),
        changed=run.sum_of("changed"),
        kept=run.sum_of("kept"),
        places=[
            RedactionPlace(
                place=entry["place"],
                title=entry["title"],
                total=entry["total"],
                done=entry["done"],
                changed=entry["changed"],
                kept=entry["kept"],
            )
            for entry in run.places
        ],
        created_at=timestamp(run.created_at),  # type: ignore[arg-type]  # never None
        started_by=or_unset(run.started_by_id),
        canceled_by=or_unset(run.canceled_by_id),
        finished_at=timestamp(run.finished_at),
    )
