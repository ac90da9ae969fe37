"""The document of an export."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from calls.models import Export, ExportStatus
from tether_calls.common.errors import ERRORS, ErrorCode
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, camelize, timestamp


class ExportError(WireStruct):
    """Why there is no file."""

    code: Annotated[str, msgspec.Meta(description="EXPORT_TOO_LARGE, EXPORT_NOT_STORED or INTERNAL_ERROR.")]
    message: str


class ExportDocument(WireStruct):
    """An export: what was asked for, and how far it is. Values that are not there are left out."""

    id: str = msgspec.field(name="_id")
    status: Literal["queued", "running", "ready", "failed"]
    kind: Literal["calls", "contacts", "doNotCall", "wallet"]
    format: Literal["csv", "jsonl"]
    filter: Annotated[dict[str, Any], msgspec.Meta(description="As it was understood; empty: all rows.")]
    columns: list[str]
    timezone: str
    created_at: Timestamp
    rows: Annotated[int, msgspec.Meta(description="Written so far; of one that is ready: all that are in the file.")]
    total: Annotated[int, msgspec.Meta(description="Rows there were when it began.")] | UnsetType = UNSET
    size: Annotated[int, msgspec.Meta(description="Bytes.")] | UnsetType = UNSET
    url: (
        Annotated[str, msgspec.Meta(description="The file; works for ten minutes, and is made anew at each read.")]
        | UnsetType
    ) = UNSET
    error: ExportError | UnsetType = UNSET
    user_id: Annotated[str, msgspec.Meta(description="Who asked for it.")] | UnsetType = UNSET
    finished_at: Timestamp | UnsetType = UNSET
    expires_at: Annotated[Timestamp, msgspec.Meta(description="When the file is deleted.")] | UnsetType = UNSET


def export_document(export: Export, *, url: str | UnsetType = UNSET) -> ExportDocument:
    """`url` is where the file of one that is ready can be had."""
    is_over = export.status not in Export.UNFINISHED
    return ExportDocument(
        id=export.pk,
        status=export.status,  # type: ignore[arg-type]  # the database holds one of these
        kind=export.kind,  # type: ignore[arg-type]
        format=export.format,  # type: ignore[arg-type]
        filter={camelize(name): value for name, value in export.filter.items()},
        columns=export.columns,
        timezone=export.time_zone,
        rows=export.rows,
        total=UNSET if export.total is None else export.total,
        size=UNSET if export.size is None else export.size,
        url=url,
        error=_error(export) if export.status == ExportStatus.FAILED else UNSET,
        user_id=export.user_id or UNSET,
        created_at=timestamp(export.created_at),  # type: ignore[arg-type]  # never None
        finished_at=timestamp(export.finished_at),
        expires_at=timestamp(export.expires_at) if is_over else UNSET,
    )


def _error(export: Export) -> ExportError:
    return ExportError(code=export.error, message=ERRORS[ErrorCode(export.error)].message)
