"""Doing a job: at most as many runs at once as it may have, wherever they are started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.module_loading import import_string

from tether_calls.common.locks import CacheLock

# A run that is killed leaves its slot to the next one after this long; one that goes on says so in between.
SLOT_SECONDS = 30
_RENEW_SECONDS = 10

# The process ends: a job that takes one thing after another takes no more.
stopping = threading.Event()


def do_job(name: str) -> bool:
    """Run the job, unless all its slots are taken; returns whether it ran.

    Raises what the job raises, and LOCK_UNAVAILABLE, before the job is begun, where the cache is away.
    A slot saves work. It is not what keeps work from being done twice: that is the rows' part.
    """
    function, _ = settings.TETHER_JOBS[name]
    with _slot(name) as is_free:
        if is_free:
            import_string(function)()
        return is_free


@contextmanager
def _slot(name: str) -> Iterator[bool]:
    numbers = range(settings.TETHER_JOB_SLOTS.get(name, 1))
    slots = (CacheLock("job", name, str(number), seconds=SLOT_SECONDS) for number in numbers)
    slot = next((slot for slot in slots if slot.acquire()), None)
    if slot is None:
        yield False
        return
    is_over = threading.Event()
    threading.Thread(target=_renew, args=(slot, is_over), name=f"slot-{name}", daemon=True).start()
    try:
        yield True
    finally:
        is_over.set()
        slot.release()


def _renew(slot: CacheLock, is_over: threading.Event) -> None:
    # Where that fails the run goes on all the same: it needs the cache no more.
    while not is_over.wait(_RENEW_SECONDS):
        slot.renew()
