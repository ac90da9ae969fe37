"""Whose hands an export is in, and how far it is: each step asks whether it still is ours."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from calls.events import export_ready
from calls.models import Export, ExportStatus
from calls.services.exports.discard import discard
from calls.services.exports.request_export import KEPT, wake_jobs
from tether_calls.common.errors import ErrorCode
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import publish

logger = logging.getLogger(__name__)

# Longer than a page takes to be read, and a part to be stored with all of the client's attempts.
LEASE = timedelta(seconds=180)
# After so many seconds a failed turn is taken again; after the last one the export has failed.
PAUSES = (10, 30, 60, 180, 600)


class NotOurs(Exception):
    """The lease is over and another worker has the export, or it is gone."""


class Checkpoint(msgspec.Struct):
    """What has been stored: the parts, by their tags, of an upload; and the last row of which a part has anything."""

    upload: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    after: str | int | None = None
    rows: int = 0


def claim(now: datetime) -> Export | None:
    """The export that has waited longest for its turn, in our hands for LEASE. Two statements."""
    # wall: the job makes the exports of every organization, in turn
    due = Export.objects.filter(
        Q(leased_until=None) | Q(leased_until__lte=now),
        status__in=Export.UNFINISHED,
        next_turn_at__lte=now,
        expires_at__gt=now,
    ).order_by("next_turn_at", "pk")
    due = due.select_related("organization")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
        export = due.first()
        if export is None:
            return None
        # One that was not given back was cut off, which is a failure as well: it may be its own doing.
        export.failures += export.lease is not None
        export.lease = new_object_id()
        _rows(export).update(
            status=ExportStatus.RUNNING, lease=export.lease, leased_until=now + LEASE, failures=export.failures
        )
    return export


def keep(export: Export, **values: Any) -> None:
    """Hold it for LEASE from now, and write what is given. One statement. Raises NotOurs."""
    _write(export, leased_until=timezone.now() + LEASE, **values)


def save_checkpoint(export: Export, checkpoint: Checkpoint, *, carry: bytes, rows: int) -> None:
    """From here it goes on, whoever has it. One statement. Raises NotOurs."""
    keep(export, checkpoint=msgspec.to_builtins(checkpoint), carry=carry, rows=rows, failures=0)
    export.failures = 0


def give_back(export: Export, **values: Any) -> None:
    """It goes on from its checkpoint when the others have had their turns. Raises NotOurs."""
    _write(export, lease=None, leased_until=None, next_turn_at=timezone.now(), **values)
    wake_jobs()


def begin_anew(export: Export) -> None:
    """Nothing that was stored of it counts. Raises NotOurs."""
    _try_to_discard(export)
    give_back(export, checkpoint={}, carry=b"", rows=0, failures=export.failures + 1)


def try_later(export: Export, code: ErrorCode) -> None:
    """Have it taken again after a pause; after too many failures it has failed, with this code. Raises NotOurs."""
    if export.failures >= len(PAUSES):
        fail(export, code)
        return
    pause = timedelta(seconds=PAUSES[export.failures])
    next_turn_at = timezone.now() + pause
    _write(export, lease=None, leased_until=None, next_turn_at=next_turn_at, failures=export.failures + 1)


def fail(export: Export, code: ErrorCode) -> None:
    """Raises NotOurs."""
    now = timezone.now()
    _write(export, **_over(now), status=ExportStatus.FAILED, error=str(code))
    _try_to_discard(export)


def finish(export: Export, *, rows: int, size: int) -> None:
    """The file is there, and clients hear of it. Raises NotOurs."""
    now = timezone.now()
    values = {**_over(now), "status": ExportStatus.READY, "rows": rows, "size": size, "checkpoint": {}, "carry": b""}
    with transaction.atomic():
        _write(export, **values)
        for name, value in values.items():
            setattr(export, name, value)
        publish(organization_id=export.organization_id, call_id=None, events=[export_ready(export)])


def _try_to_discard(export: Export) -> None:
    try:
        discard(export)
    except Exception:
        # Any exception of the storage's client: it is done once more when the row goes.
        logger.exception("What was stored of an export could not be removed")


def _over(now: datetime) -> dict[str, Any]:
    return {"lease": None, "leased_until": None, "finished_at": now, "expires_at": now + KEPT}


def _write(export: Export, **values: Any) -> None:
    if not _rows(export).filter(lease=export.lease).update(**values):
        raise NotOurs


def _rows(export: Export) -> QuerySet[Export]:
    return Export.objects.of_organization(export.organization_id).filter(pk=export.pk)
