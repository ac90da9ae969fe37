"""The job that makes exports: rows are read page by page, and stored part by part as they come.

A part and how far it reaches are written down together, so that a worker which is killed costs one part's work. Parts
are alike (R2 takes no others), so most end within a line, whose rest is written down too: the row may look different
by the time that the next worker reads it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone

from calls.models import Export
from calls.selectors.exports.asker import sight_of_asker
from calls.selectors.exports.columns import TRANSCRIPT
from calls.selectors.exports.sources import SOURCES, Rows, count, pages, rows_of
from calls.services.exports.claim import (
    PAUSES,
    Checkpoint,
    begin_anew,
    claim,
    fail,
    finish,
    give_back,
    save_checkpoint,
    try_later,
)
from calls.services.exports.discard import export_files
from calls.services.exports.lines import Lines
from calls.storage import PartsAreGone
from tether_calls.background.jobs import stopping
from tether_calls.background.turns import NotOurs, hold
from tether_calls.common.errors import ErrorCode

logger = logging.getLogger(__name__)

# A run takes nothing more into hand after this long, and gives back what it has at the next part; others go on.
RUN_SECONDS = 50.0


class _NotStored(Exception):
    """The storage refused, or could not be reached."""


class _TooLarge(Exception):
    """More rows than an export may have."""


def make_exports() -> None:
    """The job: one export after the other, each in its turn."""
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        # wall: the job makes the exports of every organization
        export = claim(timezone.now())
        if export is None:
            return
        _take_turn(export, until)


def _take_turn(export: Export, until: float) -> None:
    try:
        if export.failures > len(PAUSES):
            # Every worker that had it was cut off.
            fail(export, ErrorCode.INTERNAL_ERROR)
        else:
            _Making(export).go_on(until)
    except NotOurs:
        logger.info("The export %s is another worker's by now", export.pk)
    except PartsAreGone:
        begin_anew(export)
    except _TooLarge:
        fail(export, ErrorCode.EXPORT_TOO_LARGE)
    except Exception as error:
        logger.exception("The export %s could not go on", export.pk)
        is_ours = isinstance(error, _NotStored)
        try_later(export, ErrorCode.EXPORT_NOT_STORED if is_ours else ErrorCode.INTERNAL_ERROR)


class _Making:
    """One export in our hands: what is stored of it, and what is in memory and will be."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._lines = Lines(export)
        self._files = export_files()
        self._part_bytes = settings.TETHER_EXPORT_PART_BYTES
        stored = msgspec.convert(export.checkpoint, Checkpoint)
        self._upload, self._tags, self._after, self._rows = stored.upload, stored.tags, stored.after, stored.rows
        self._buffer = bytearray(export.carry if stored.tags else self._lines.head)

    def go_on(self, until: float) -> None:
        """Raises NotOurs, PartsAreGone, _NotStored, _TooLarge, and what the database raises."""
        export = self._export
        # What they see now: it may have been more when they asked.
        rows = rows_of(
            organization_id=export.organization_id, kind=export.kind, stored=export.filter, sight=sight_of_asker(export)
        )
        if export.total is None:
            self._count(rows)
        with_transcript = TRANSCRIPT in export.columns
        for page in pages(export.kind, rows, after=self._after, with_transcript=with_transcript):
            has_stored = self._add(page)
            if stopping.is_set() or (has_stored and time.monotonic() > until):
                give_back(export)
                return
            hold(export, rows=self._rows)
        self._finish()

    def _count(self, rows: Rows) -> None:
        """How many there are, so that clients see how far it is, and none is begun that would be too large."""
        total = count(rows, most=settings.TETHER_EXPORT_MAX_ROWS)
        if total > settings.TETHER_EXPORT_MAX_ROWS:
            raise _TooLarge
        hold(self._export, total=total)

    def _add(self, page: list[object]) -> bool:
        """Write the rows; returns whether a part was stored."""
        key_of = SOURCES[self._export.kind].key_of
        has_stored = False
        for row in page:
            self._buffer += self._lines.line(row)
            self._after = key_of(row)
            self._rows += 1
            if len(self._buffer) >= self._part_bytes:
                self._store_parts()
                has_stored = True
        if self._rows > settings.TETHER_EXPORT_MAX_ROWS:
            raise _TooLarge
        return has_stored

    def _store_parts(self) -> None:
        if not self._upload:
            with _storing():
                self._upload = self._files.begin(self._export.file)
            # Noted before anything is in it, so that it is given up with the row.
            hold(self._export, checkpoint=msgspec.to_builtins(Checkpoint(upload=self._upload)))
        while len(self._buffer) >= self._part_bytes:
            with memoryview(self._buffer) as whole:
                part = bytes(whole[: self._part_bytes])
            del self._buffer[: self._part_bytes]
            self._store_part(part)
        reached = Checkpoint(self._upload, self._tags, self._after, self._rows)
        save_checkpoint(self._export, reached, carry=bytes(self._buffer), rows=self._rows)

    def _store_part(self, content: bytes) -> None:
        with _storing():
            number = len(self._tags) + 1
            self._tags.append(self._files.add_part(self._export.file, self._upload, number, content))

    def _finish(self) -> None:
        name = self._export.file
        if not self._tags:
            size = len(self._buffer)
            with _storing():
                self._files.save(name, ContentFile(bytes(self._buffer)))
        else:
            if self._buffer:
                self._store_part(bytes(self._buffer))
            with _storing():
                size = self._files.complete(name, self._upload, self._tags)
        finish(self._export, rows=self._rows, size=size)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except PartsAreGone:
        raise
    except Exception as error:
        # Any exception of the storage's client: a refusal, a time-out, no connection, a full disk.
        raise _NotStored from error
