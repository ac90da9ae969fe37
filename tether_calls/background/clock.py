"""When each job was last sent, begun and done: marks in the cache, which all processes of all machines share."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

# So many turns of its clock may a job miss before that is called late.
PERIODS = 3


@dataclass(frozen=True)
class Done:
    """The last run that a job has ended without an error: when, and how many seconds it took."""

    at: float
    seconds: float


@dataclass(frozen=True)
class Clock:
    """What the marks say: is beat sending, is a worker taking, and what was done last."""

    beat_is_late: bool
    worker_is_late: bool
    done: dict[str, Done]


def note_sent(name: str) -> None:
    """Beat has sent the job's task."""
    _note("sent", name, time.time())


def note_worked(name: str) -> None:
    """A worker has taken the job's turn, or is still at it."""
    _note("worked", name, time.time())


def note_done(name: str, seconds: float) -> None:
    _note("done", name, (time.time(), seconds))


def read_clock() -> Clock:
    """Raises what the cache's client raises where it is away."""
    kinds = ("sent", "worked", "done")
    marks = cache.get_many([_key(kind, name) for kind in kinds for name in settings.TETHER_JOBS])
    # A cache that was emptied, or a service that has just started, knows of no turn: they are awaited from now on.
    cache.add(_key("awaited", ""), time.time(), timeout=None)
    since = cache.get(_key("awaited", ""), time.time())
    worker_is_late = _is_late("worked", marks, since)
    return Clock(
        # The one embedded process is its own clock.
        beat_is_late=worker_is_late if settings.TETHER_JOBS_IN_PROCESS else _is_late("sent", marks, since),
        worker_is_late=worker_is_late,
        done={name: Done(*marks[_key("done", name)]) for name in settings.TETHER_JOBS if _key("done", name) in marks},
    )


def _is_late(kind: str, marks: dict[str, float], since: float) -> bool:
    now = time.time()
    return any(
        now - marks.get(_key(kind, name), since) > PERIODS * seconds
        for name, (_, seconds) in settings.TETHER_JOBS.items()
    )


def _note(kind: str, name: str, value: object) -> None:
    # Any exception of the cache's client. While the cache is away /readyz says so; a run is worth more than its mark.
    with suppress(Exception):
        cache.set(_key(kind, name), value, timeout=None)


def _key(kind: str, name: str) -> str:
    return f"clock:{kind}:{name}"
