"""The end of an export: its file goes, then its row."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.core.files.storage import storages
from django.db.models import QuerySet
from django.utils import timezone

from calls.models import Export
from calls.storage import StorageOfParts

logger = logging.getLogger(__name__)


def export_files() -> StorageOfParts:
    """The storage that exports lie in; asked for by name, so that settings decide which it is."""
    return cast(StorageOfParts, storages["exports"])


def discard(export: Export) -> None:
    """Remove what is stored of an export. Raises what the storage's client raises."""
    files = export_files()
    if upload := export.checkpoint.get("upload"):
        files.abandon(export.file, upload)
    files.delete(export.file)


def begin_again(export: Export) -> bool:
    """Have one that is not finished begin at its first row; False where it is over.

    Whoever is at it learns that it is not theirs any more, and what they store meanwhile lies below the row's name.
    Raises what the storage's client raises.
    """
    exports = Export.objects.of_organization(export.organization_id).filter(pk=export.pk, status__in=Export.UNFINISHED)
    if not exports.update(checkpoint={}, carry=b"", rows=0, lease=None, leased_until=None, next_turn_at=timezone.now()):
        return False
    discard(export)
    return True


def outdated_exports(now: datetime) -> QuerySet[Export]:
    """Those that were kept for their time, and those that were never finished."""
    # wall: the job deletes what is past its time, of every organization
    return Export.objects.filter(expires_at__lte=now)


def discard_files(export_ids: Iterable[str]) -> list[str]:
    """Remove the files of outdated exports; returns of which they are gone, so that the rows may go as well."""
    gone = []
    # wall: by the ids of outdated rows, of every organization
    for export in Export.objects.filter(pk__in=list(export_ids)).defer("carry"):
        try:
            discard(export)
        except Exception:
            # Any exception of the storage's client: the row stays, and names the file to the next run.
            logger.exception("The file of an export could not be removed")
        else:
            gone.append(export.pk)
    return gone
