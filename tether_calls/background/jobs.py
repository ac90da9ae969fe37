"""Doing a job: at most as many runs at once as it may have, wherever they are started."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from django.conf import settings
from django.core.cache import cache
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

# A run that is killed leaves its slot to the next one after this long; one that goes on says so in between.
SLOT_SECONDS = 30
_RENEW_SECONDS = 10

# The process ends: a job that takes one thing after another takes no more.
stopping = threading.Event()


def do_job(name: str) -> bool:
    """Run the job, unless all its slots are taken; returns whether it ran. Raises whatever the job raises.

    A slot saves work. It is not what keeps work from being done twice: that is the rows' part.
    """
    function, _ = settings.TETHER_JOBS[name]
    with _slot(name) as is_free:
        if is_free:
            import_string(function)()
        return is_free


@contextmanager
def _slot(name: str) -> Iterator[bool]:
    token = token_hex(8)
    keys = [f"job:{name}:{number}" for number in range(settings.TETHER_JOB_SLOTS.get(name, 1))]
    taken = next((key for key in keys if cache.add(key, token, timeout=SLOT_SECONDS)), None)
    if taken is None:
        yield False
        return
    is_over = threading.Event()
    threading.Thread(target=_renew, args=(taken, is_over), name=f"slot-{name}", daemon=True).start()
    try:
        yield True
    finally:
        is_over.set()
        with _cache_may_be_away():
            if cache.get(taken) == token:
                cache.delete(taken)


def _renew(key: str, is_over: threading.Event) -> None:
    while not is_over.wait(_RENEW_SECONDS):
        with _cache_may_be_away():
            cache.touch(key, SLOT_SECONDS)


@contextmanager
def _cache_may_be_away() -> Iterator[None]:
    """A run that has its slot needs the cache no more: it goes on, and what it raises is its own."""
    try:
        yield
    except Exception as error:
        # Whatever the cache's client raises; its text may name the server.
        logger.warning("A job's slot could not be renewed or given back: %s", type(error).__name__)
