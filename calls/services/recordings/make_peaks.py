"""Peaks of recordings, of which players draw a waveform: made once, in the background, kept beside the recording."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.base import ContentFile

from calls.models import Peaks, Recording
from calls.services.recordings.peak_reader import NoReader, PeakReader
from calls.services.recordings.remove_files import remove_files
from calls.storage import peaks_name, recording_files
from tether_calls.background.jobs import until_stopping
from tether_calls.background.wake import wake

logger = logging.getLogger(__name__)

_BATCH = 100
# A run takes nothing more into hand after this long.
_RUN_SECONDS = 50.0
# The storage is away: what is left waits for the next turn.
_FAILURES = 3


@dataclass
class PeaksRun:
    """What became of the recordings that a run came to; of those that `failed` the storage gave or took nothing."""

    made: int = 0
    impossible: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.made + self.impossible + self.failed


def make_waiting_peaks() -> None:
    """The job: the peaks of recordings that came since its last turn, and of those that are wanted."""
    until = time.monotonic() + _RUN_SECONDS
    run = PeaksRun()
    with PeakReader() as reader:
        for recording in until_stopping(_waiting()):
            _make(recording, reader, run)
            if run.failed >= _FAILURES or time.monotonic() > until:
                break


def make_older_peaks(*, after: str = "") -> Iterator[tuple[str, PeaksRun]]:
    """The peaks of all recordings behind the id `after` that have none yet, in the order of ids.

    Yields, after each recording, its id and what became of all so far. Cut off anywhere, what was made stays made.
    """
    run = PeaksRun()
    with PeakReader() as reader:
        while batch := _without(after):
            for recording in batch:
                after = recording.pk
                _make(recording, reader, run)
                yield after, run


def count_older(*, after: str = "") -> int:
    """How many recordings `make_older_peaks` will come to. One statement."""
    # wall: an operator's command, for all organizations
    return Recording.objects.filter(pk__gt=after, peaks__in=(Peaks.UNMADE, Peaks.WANTED)).count()


def kept_peaks(recording: Recording) -> bytes | None:
    """The peaks of a recording: two bytes for each tenth of a second (`peaks.py`); None where they are not there."""
    if recording.peaks != Peaks.KEPT:
        return None
    try:
        with recording_files().open(peaks_name(str(recording.file.name))) as file:
            peaks: bytes = file.read()
    except FileNotFoundError:  # of a copy of the storage that left them out
        return None
    return peaks


def want_peaks(recording: Recording) -> None:
    """Have the peaks of a recording made soon. One statement at most."""
    if recording.peaks != Peaks.WANTED:
        # wall: of a recording that its reader has been shown
        Recording.objects.filter(pk=recording.pk).update(peaks=Peaks.WANTED)
    wake("make_peaks")


def _waiting() -> Iterator[Recording]:
    after = ""
    # wall: the job makes the peaks of every organization's recordings
    waiting = Recording.objects.filter(peaks="wanted").order_by("pk")
    while batch := list(waiting.filter(pk__gt=after)[:_BATCH]):
        yield from batch
        after = batch[-1].pk


def _without(after: str) -> list[Recording]:
    # wall: an operator's command, for all organizations
    recordings = Recording.objects.filter(pk__gt=after, peaks__in=(Peaks.UNMADE, Peaks.WANTED))
    return list(recordings.order_by("pk")[:_BATCH])


def _make(recording: Recording, reader: PeakReader, run: PeaksRun) -> None:
    """Make and keep the peaks of one recording; where the storage fails, they are made when they are asked for.

    Raises NoReader.
    """
    name = str(recording.file.name)
    try:
        with recording_files().as_file(name) as path:
            peaks = reader.read(path)
        if peaks:
            recording_files().save(peaks_name(name), ContentFile(peaks))
    except NoReader:
        raise
    except FileNotFoundError:
        logger.warning("The recording %s has no file", recording.pk)
        peaks = b""
    except Exception:
        # Any exception of the storage's client.
        logger.exception("The peaks of the recording %s could not be made", recording.pk)
        run.failed += 1
        _note(recording, Peaks.UNMADE)
        return
    is_there = _note(recording, Peaks.KEPT if peaks else Peaks.NONE)
    if peaks and not is_there:
        # The recording has gone meanwhile.
        remove_files(name)
    run.made += bool(peaks)
    run.impossible += not peaks


def _note(recording: Recording, peaks: Peaks) -> bool:
    """Write down what there is; returns whether the recording is still there. One statement."""
    # wall: of the recording that the job has come to
    return bool(Recording.objects.filter(pk=recording.pk).update(peaks=peaks))
