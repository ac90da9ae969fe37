"""Having a job run soon, when there is something to do, besides its turns by the clock."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import cache

from django.conf import settings

logger = logging.getLogger(__name__)

# Between two runs that were asked for: what comes in between is done by the second one.
PAUSE_SECONDS = 0.5

# Of the one process that runs the jobs itself; None elsewhere, where they come round by the clock alone.
_in_process: Callable[[str], None] | None = None


def use_runner(wake_job: Callable[[str], None] | None) -> None:
    """Where to ask in the process that runs the jobs itself."""
    global _in_process  # there is one process
    _in_process = wake_job


def wake(name: str) -> None:
    """Have the job run soon. Never waits and never raises."""
    if not settings.TETHER_JOBS_IN_PROCESS:
        _sender_of(name).ask()
    elif _in_process is not None:
        _in_process(name)


@cache
def _sender_of(name: str) -> _Sender:
    return _Sender(name)


class _Sender:
    """Sends a job's task to Celery, from a thread of its own, since the broker may be slow or away."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._wanted = threading.Event()
        threading.Thread(target=self._send, name=f"wake-{name}", daemon=True).start()

    def ask(self) -> None:
        self._wanted.set()

    def _send(self) -> None:
        from tether_calls.background.tasks import run_job  # Celery is needed in production alone

        options = settings.CELERY_BEAT_SCHEDULE[self._name]["options"]
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                run_job.apply_async((self._name,), retry=False, **options)
            except Exception:
                # The broker is away: beat's next turn does it.
                logger.exception("The job %s was not woken", self._name)
            threading.Event().wait(PAUSE_SECONDS)
