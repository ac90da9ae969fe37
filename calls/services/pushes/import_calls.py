"""A file of finished calls, a JSON object in each line, imported once: cut off anywhere, the next run goes on there."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from typing import BinaryIO

from django.db.models import F

from calls.models import CallImport
from calls.services.ingest_call import Ingested
from calls.services.pushes.ingest_calls import Outcomes, Push, ingest_calls, make_ahead
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError

# Calls in one transaction: so many, or as many as have so many bytes together.
BATCH, BATCH_BYTES = 1000, 8 * 1024 * 1024
_PIECE = 1024 * 1024
_Pushes = list[Push | TetherError]
# As `_fault` writes each line.
FAULTS_BEGIN = b'{"line": '


class ImportedElsewhere(Exception):
    """Another process imports the same file at the same time."""


@dataclass(frozen=True)
class Reader:
    """How lines are read: `parse` raises TetherError, `name` finds the vendor's identifier in a line that is wrong."""

    parse: Callable[[bytes], Push]
    name: Callable[[bytes], str]
    # Bytes that a line may have.
    longest: int


@dataclass(frozen=True)
class _Batch:
    """Lines of a file with their numbers, without blank ones; and what is done with them, in lines and bytes."""

    lines: list[tuple[int, bytes]]
    through: int
    position: int


def begin_import(*, user: User, file: BufferedReader) -> CallImport:
    """How far the file, known by its content, is imported for the user. Two statements."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    run, _ = CallImport.objects.of_organization(user.home_id).get_or_create(
        user=user, sha256=digest, defaults={"organization_id": user.home_id}
    )
    return run


def import_calls(
    *, run: CallImport, user: User, file: BinaryIO, faults: BinaryIO, reader: Reader
) -> Iterator[CallImport]:
    """Import the rest of a file, batch by batch; yields how far it is.

    Lines that are refused go to `faults`, one JSON object each. Calls, faults and how far it is are one: whatever is
    cut off, the next run begins behind the last batch that is whole. Raises ImportedElsewhere, and errors of ours.
    """
    file.seek(run.position)
    with _Ahead(_batches(file, run.lines, reader.longest), partial(_read_batch, user, reader)) as ahead:
        for batch, pushes in ahead:
            ingest_calls(
                user=user,
                pushes=pushes,
                beside=partial(_advance, run, faults, batch, reader),
                while_written=ahead.read_on,
            )
            run.refresh_from_db()
            yield run


# Seconds until a thread of Python's that works hands over to one that waits. It is 5 ms elsewhere; each answer of the
# database, of which a batch has thirty, would wait so long.
_TURN = 0.0005


class _Ahead:
    """Batches as they are read; the next one is while the database writes this one, once `read_on` has been called.

    Not from the beginning: while this one is made ready there is no time for it, and later there would be nothing left.
    """

    def __init__(self, batches: Iterator[_Batch], read: Callable[[_Batch], _Pushes]) -> None:
        self._batches, self._read = batches, read
        self._turn_before = sys.getswitchinterval()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._next: tuple[_Batch, Future[_Pushes]] | None = None

    def __enter__(self) -> _Ahead:
        sys.setswitchinterval(_TURN)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()
        sys.setswitchinterval(self._turn_before)

    def __iter__(self) -> Iterator[tuple[_Batch, _Pushes]]:
        while self._next or self.read_on():
            assert self._next is not None
            (batch, reading), self._next = self._next, None
            yield batch, reading.result()

    def read_on(self) -> bool:
        """Whether there is one to be read."""
        if self._next is None and (batch := next(self._batches, None)) is not None:
            self._next = (batch, self._thread.submit(self._read, batch))
        return self._next is not None


def _read_batch(user: User, reader: Reader, batch: _Batch) -> _Pushes:
    pushes = [_read(line, reader) for _, line in batch.lines]
    for push in pushes:
        if isinstance(push, Push):
            make_ahead(user=user, push=push)
    return pushes


def _read(line: bytes, reader: Reader) -> Push | TetherError:
    if len(line) > reader.longest:
        return TetherError(ErrorCode.PAYLOAD_TOO_LARGE, f"The line is longer than {reader.longest} bytes")
    try:
        return reader.parse(line)
    except TetherError as error:
        return error


def _batches(file: BinaryIO, done: int, longest: int) -> Iterator[_Batch]:
    lines: list[tuple[int, bytes]] = []
    size, number = 0, done
    while line := file.readline(longest + 1):
        number += 1
        rest = line
        while len(line) > longest and not rest.endswith(b"\n") and rest:
            # Of one that is too long the rest is passed over.
            rest = file.readline(_PIECE)
        if not (line.removeprefix(BOM_UTF8) if number == 1 else line).isspace() and line != BOM_UTF8:
            lines.append((number, line))
        size += len(line)
        if len(lines) == BATCH or size >= BATCH_BYTES:
            yield _Batch(lines, number, file.tell())
            lines, size = [], 0
    if size:
        yield _Batch(lines, number, file.tell())


def _advance(run: CallImport, faults: BinaryIO, batch: _Batch, reader: Reader, outcomes: Outcomes) -> None:
    """In the transaction that keeps the calls. What the file of faults has more than the row says is of none."""
    faults.seek(min(run.faults_size, os.fstat(faults.fileno()).st_size))
    faults.truncate()
    refused = 0
    for (number, line), outcome in zip(batch.lines, outcomes, strict=True):
        if isinstance(outcome, TetherError):
            refused += 1
            faults.write(_fault(number, outcome, reader.name(line)))
    if refused:
        faults.flush()
        os.fsync(faults.fileno())
    kept = sum(isinstance(outcome, Ingested) and not outcome.deduplicated for outcome in outcomes)
    moved = CallImport.objects.of_organization(run.organization_id).filter(pk=run.pk, position=run.position)
    count = moved.update(
        position=batch.position,
        lines=batch.through,
        kept=F("kept") + kept,
        known=F("known") + len(outcomes) - kept - refused,
        refused=F("refused") + refused,
        faults_size=faults.tell(),
    )
    if not count:
        raise ImportedElsewhere


def _fault(number: int, error: TetherError, external_call_id: str) -> bytes:
    fault = {
        "line": number,
        "externalCallId": external_call_id or None,
        "status": error.status,
        "code": str(error.code),
        "error": error.message,
    }
    return json.dumps({name: value for name, value in fault.items() if value is not None}).encode() + b"\n"
