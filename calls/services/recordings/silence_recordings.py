"""The job: recordings whose transcript came later, or was redacted later, become silent where it is masked.

One that a legal hold covers sounds as it is, and waits until the hold is released.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Final, cast

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.models import Call, Peaks, Recording
from calls.redaction.sound import Span, joined
from calls.selectors.privacy.holds import held_calls, placed_holds
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.heed_holds import heeded_holds
from calls.services.lifecycle.want_silence import spans_in
from calls.services.recordings.mp3_silence import silence
from calls.services.recordings.remove_files import remove_files
from calls.storage import new_recording_name, recording_files
from tether_calls.background.jobs import until_stopping

logger = logging.getLogger(__name__)

_BATCH: Final = 100
_IN_MEMORY_BYTES: Final = 1024 * 1024
# A run takes nothing more into hand after this long.
_RUN_SECONDS: Final = 50.0
# The storage is away: what is left waits for the next turn.
_FAILURES: Final = 3


def silence_recordings() -> None:
    """Those that are waiting, each by itself: cut off anywhere, what is silent stays so, and the rest still waits."""
    until = time.monotonic() + _RUN_SECONDS
    failures = 0
    for recording in until_stopping(_waiting()):
        try:
            silence_recording(recording)
        except Exception:
            # Any exception of the storage's client.
            logger.exception("Recording %s could not be silenced", recording.pk)
            failures += 1
        if failures >= _FAILURES or time.monotonic() > until:
            return


def _waiting() -> Iterator[Recording]:
    after = ""
    while True:
        # wall: the job is for every organization
        rows = Recording.objects.filter(is_to_be_silenced=True, pk__gt=after).select_related("call")
        batch = list(rows.order_by("pk")[:_BATCH])
        yield from _not_held(batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1].pk


def _not_held(batch: Sequence[Recording]) -> Iterator[Recording]:
    """Two statements for each organization; what is placed from then on is looked at when a file takes its place."""
    calls_of: dict[str, list[str]] = {}
    for recording in batch:
        calls_of.setdefault(recording.call.organization_id, []).append(recording.call_id)
    held = {
        call_id
        for organization_id, call_ids in calls_of.items()
        for call_id in held_calls(organization_id, list(placed_holds(organization_id)), call_ids)
    }
    return (recording for recording in batch if recording.call_id not in held)


def silence_recording(recording: Recording) -> None:
    """Put a silent file in the place of a recording's. Not within a transaction. Raises what the storage raises.

    The new file is stored first, and the old one goes last; what is left over in between is a stray.
    """
    call = recording.call
    spans = joined([*spans_in(call, recording), *(Span(begin, end) for begin, end in recording.silenced or ())])
    name = new_recording_name(organization_id=call.organization_id, at=timezone.now())
    try:
        stored, size, digest = _stored(recording, spans, name)
    except FileNotFoundError:
        # Gone meanwhile: there is nothing that could be heard.
        _note(recording, recording.file.name, recording.size, recording.sha256, spans)
        return
    for left_over in _note(recording, stored, size, digest, spans):
        remove_files(left_over)


def _stored(recording: Recording, spans: list[Span], name: str) -> tuple[str, int, str]:
    with (
        SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spooled,
        recording_files().as_file(recording.file.name) as path,
    ):
        file = cast(BinaryIO, spooled)
        with path.open("rb") as content:
            shutil.copyfileobj(content, file)
        silence(file, spans)
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it has what is needed
        size = file.tell()
        file.seek(0)
        return recording_files().save(name, File(file, name=name)), size, digest


def _note(recording: Recording, name: str, size: int, digest: str, spans: list[Span]) -> list[str]:
    """Have the row name the silent file; the names of the files that are to go, which is that one under a hold."""
    sounding = str(recording.file.name)
    organization_id = recording.call.organization_id
    with transaction.atomic():
        holds = heeded_holds(organization_id)
        try:
            lock_call(organization_id=organization_id, call_id=recording.call_id)
        except Call.DoesNotExist:
            return [name]
        # wall: of the call that was locked
        row = Recording.objects.filter(pk=recording.pk, file=sounding).first()
        if row is None or held_calls(organization_id, holds, [recording.call_id]):
            return [name]
        row.file, row.size, row.sha256 = name, size, digest
        row.silenced = [list(span) for span in spans]
        row.is_to_be_silenced, row.peaks = False, Peaks.WANTED
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            # The same audio came once more meanwhile, and was silent from the start.
            row.delete()
            return [name, sounding]
    return [sounding]
