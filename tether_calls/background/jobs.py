"""Doing a job: at most as many runs at once as it may have, wherever they are started."""

from __future__ import annotations

import mmap
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from tether_calls.background.clock import note_done, note_worked
from tether_calls.common.locks import CacheLock
from tether_calls.common.observing.metrics import JOB_RUNS
from tether_calls.common.observing.tracing import span

# A run that is killed leaves its slot to the next one after this long; one that goes on says so in between.
SLOT_SECONDS = 30
_RENEW_SECONDS = 10

Item = TypeVar("Item")


class SharedFlag:
    """Up or down, for a process and all that are forked from it: Celery's worker hears the signal, its children work.

    One byte of shared memory without a lock, so a signal handler may raise it, and a killed process holds nothing.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def clear(self) -> None:
        self._byte[0] = 0

    def is_set(self) -> bool:
        return self._byte[0] == 1


# The process ends: a job that takes one thing after another takes no more.
stopping = SharedFlag()


def until_stopping(items: Iterable[Item]) -> Iterator[Item]:
    """Yield one after the other, and none any more once the process ends."""
    for item in items:
        if stopping.is_set():
            return
        yield item


def load_jobs() -> None:
    """Import what the jobs need, before a process begins with them."""
    for function, _ in settings.TETHER_JOBS.values():
        import_string(function)


def do_job(name: str) -> bool:
    """Run the job, unless all its slots are taken; returns whether it ran.

    Raises what the job raises, and LOCK_UNAVAILABLE, before the job is begun, where the cache is away.
    A slot saves work. It is not what keeps work from being done twice: that is the rows' part.
    """
    note_worked(name)
    with _slot(name) as is_free:
        if is_free:
            _run(name)
        else:
            JOB_RUNS.add(name, "busy")
        return is_free


def _run(name: str) -> None:
    function, _ = settings.TETHER_JOBS[name]
    begun, outcome = time.monotonic(), "failed"
    try:
        with span(f"job {name}"):
            import_string(function)()
        note_done(name, time.monotonic() - begun)
        outcome = "done"
    finally:
        JOB_RUNS.add(name, outcome)


@contextmanager
def _slot(name: str) -> Iterator[bool]:
    numbers = range(settings.TETHER_JOB_SLOTS.get(name, 1))
    slots = (CacheLock("job", name, str(number), seconds=SLOT_SECONDS) for number in numbers)
    slot = next((slot for slot in slots if slot.acquire()), None)
    if slot is None:
        yield False
        return
    is_over = threading.Event()
    threading.Thread(target=_renew, args=(name, slot, is_over), name=f"slot-{name}", daemon=True).start()
    try:
        yield True
    finally:
        is_over.set()
        slot.release()


def _renew(name: str, slot: CacheLock, is_over: threading.Event) -> None:
    # Where that fails the run goes on all the same: it needs the cache no more.
    while not is_over.wait(_RENEW_SECONDS):
        slot.renew()
        note_worked(name)
