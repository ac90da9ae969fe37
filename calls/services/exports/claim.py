"""In whose hands an export is, how far it is, and how it ends."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from calls.events import export_ready
from calls.models import Export, ExportStatus
from calls.services.exports.discard import discard
from calls.services.exports.request_export import KEPT, wake_jobs
from tether_calls.background import turns
from tether_calls.background.turns import next_in_turn
from tether_calls.common.errors import ErrorCode
from tether_calls.realtime.events import publish

logger = logging.getLogger(__name__)

# After so many seconds a failed turn is taken again; after the last one the export has failed.
PAUSES = (10, 30, 60, 180, 600)


class Checkpoint(msgspec.Struct):
    """What has been stored: the parts, by their tags, of an upload; and the last row of which a part has anything."""

    upload: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    after: str | int | None = None
    rows: int = 0


def claim(now: datetime) -> Export | None:
    """The export that has waited longest for its turn. Two statements."""
    # wall: the job makes the exports of every organization, in turn
    waiting = Export.objects.filter(status__in=Export.UNFINISHED, expires_at__gt=now).select_related("organization")
    return next_in_turn(waiting, now=now, status=ExportStatus.RUNNING)


def save_checkpoint(export: Export, checkpoint: Checkpoint, *, carry: bytes, rows: int) -> None:
    """From here it goes on, whoever has it. One statement. Raises NotOurs."""
    turns.hold(export, checkpoint=msgspec.to_builtins(checkpoint), carry=carry, rows=rows, failures=0)


def give_back(export: Export, **values: Any) -> None:
    """It goes on from its checkpoint when the others have had their turns. Raises NotOurs."""
    turns.give_back(export, **values)
    wake_jobs()


def begin_anew(export: Export) -> None:
    """Nothing that was stored of it counts. Raises NotOurs."""
    _try_to_discard(export)
    give_back(export, checkpoint={}, carry=b"", rows=0, failures=export.failures + 1)


def try_later(export: Export, code: ErrorCode) -> None:
    """Have it taken again after a pause; after too many failures it has failed, with this code. Raises NotOurs."""
    if not turns.try_later(export, pauses=PAUSES):
        fail(export, code)


def fail(export: Export, code: ErrorCode) -> None:
    """Raises NotOurs."""
    turns.write(export, **_over(timezone.now()), status=ExportStatus.FAILED, error=str(code))
    _try_to_discard(export)


def finish(export: Export, *, rows: int, size: int) -> None:
    """The file is there, and clients hear of it. Raises NotOurs."""
    made = {"status": ExportStatus.READY, "rows": rows, "size": size, "checkpoint": {}, "carry": b""}
    with transaction.atomic():
        turns.write(export, **_over(timezone.now()), **made)
        publish(organization_id=export.organization_id, call_id=None, events=[export_ready(export)])


def _try_to_discard(export: Export) -> None:
    try:
        discard(export)
    except Exception:
        # Any exception of the storage's client: it is done once more when the row goes.
        logger.exception("What was stored of an export could not be removed")


def _over(now: datetime) -> dict[str, Any]:
    return {**turns.GIVEN_BACK, "finished_at": now, "expires_at": now + KEPT}
