"""Recordings that belong to no call: left by a process that was killed between storing one and committing its call."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from calls.models import Recording
from calls.models.recording import recordings
from calls.storage import recording_of_peaks
from tether_calls.accounts.models import Organization
from tether_calls.background.jobs import until_stopping

logger = logging.getLogger(__name__)

# Names asked about, and organizations read, in one statement.
_BATCH = 500
# What calls.storage writes, drafts of the local folder included. Other files are not ours.
_OURS = re.compile(r"[0-9a-f]{40}\.(?:mp3|peaks)(?P<draft>\.[0-9a-f]+\.part)?")


@dataclass
class Sweep:
    """What a sweep found: files it looked at, strays that it removed, left as too young, or could not remove."""

    examined: int = 0
    removed: int = 0
    removed_drafts: int = 0
    young: int = 0
    failed: int = 0


def sweep_recordings(*, older_than: timedelta, days: int) -> Sweep:
    """Remove strays that have lain in the storage for longer than `older_than`, of today (UTC) and `days` days back.

    A request stores its recording before it commits the call, so `older_than` must exceed the time that a request
    takes, unless none is under way. Only prefixes of our own organizations are read: a storage that is shared with
    another installation loses nothing. One folder of one day is held in memory, never more.
    """
    sweep = Sweep()
    for folder in until_stopping(_folders(days)):
        found = _files_in(folder)
        sweep.examined += len(found)
        for start in range(0, len(found), _BATCH):
            names = found[start : start + _BATCH]
            audio = {recording_of_peaks(name) for name in names}
            # wall: the job looks at the files of every organization
            kept = set(Recording.objects.filter(file__in=audio).values_list("file", flat=True))
            for name in names:
                if recording_of_peaks(name) not in kept:
                    _remove(name, older_than, sweep)
    return sweep


def sweep_all_recordings() -> None:
    """The job: what is older than an hour, of today and three days back."""
    sweep = sweep_recordings(older_than=timedelta(hours=1), days=3)
    if sweep.removed or sweep.failed:
        logger.info("Removed %d recordings without a call; %d could not be removed", sweep.removed, sweep.failed)


def _folders(days: int) -> Iterator[str]:
    today = timezone.now().date()
    for organization_id in _organization_ids():
        for back in range(days + 1):
            yield f"{organization_id}/{today - timedelta(days=back):%Y-%m-%d}"


def _organization_ids() -> Iterator[str]:
    # Page by page: an open cursor would, on SQLite, keep every statement after it from seeing new recordings.
    last = ""
    while ids := list(Organization.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        yield from ids
        last = ids[-1]


def _files_in(folder: str) -> list[str]:
    try:
        _, names = recordings().listdir(folder)
    except FileNotFoundError:  # the local storage's word for a day without recordings
        return []
    return [f"{folder}/{name}" for name in names if _OURS.fullmatch(name)]


def _remove(name: str, older_than: timedelta, sweep: Sweep) -> None:
    storage = recordings()
    try:
        if timezone.now() - storage.get_modified_time(name) < older_than:
            sweep.young += 1
            return
        storage.delete(name)
    except FileNotFoundError:
        return  # gone by itself: a draft that got its name, or a request that cleaned up
    except Exception:
        # Any exception of the storage's client; the next sweep tries again.
        logger.exception("A recording without a call could not be removed")
        sweep.failed += 1
        return
    if name.endswith(".part"):
        sweep.removed_drafts += 1
    elif not name.endswith(".peaks"):
        sweep.removed += 1
