"""The embedded default: the jobs' clock in threads of the one server process, in place of Celery's beat and worker."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import connections

from tether_calls.background.jobs import do_job, stopping
from tether_calls.background.wake import PAUSE_SECONDS, use_runner

logger = logging.getLogger(__name__)

# A job that is under way when the server stops gets these seconds; then it is left to the next start.
STOP_SECONDS = 5.0


class Runner:
    """One thread for each job, so that a slow one keeps no other waiting."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._wanted = {name: threading.Event() for name in settings.TETHER_JOBS}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        stopping.clear()
        for name, (_, seconds) in settings.TETHER_JOBS.items():
            thread = threading.Thread(target=self._repeat, args=(name, seconds), name=f"job-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

        use_runner(self.wake)

    def wake(self, name: str) -> None:
        """Run the job as soon as its thread is free, not only when its turn comes."""
        self._wanted[name].set()

    def stop(self) -> None:
        use_runner(None)
        self._stopped.set()
        for wanted in self._wanted.values():
            wanted.set()
        stopping.set()
        for thread in self._threads:
            thread.join(timeout=STOP_SECONDS)

    def _repeat(self, name: str, seconds: float) -> None:
        # The first run comes soon, at any interval: a process that is restarted every hour prunes as well.
        pause, wanted = min(seconds, 30.0), self._wanted[name]
        while True:
            wanted.wait(pause)
            if self._stopped.is_set():
                return
            wanted.clear()
            pause = seconds
            try:
                do_job(name)
            except Exception:
                # Any exception of the job: the next turn tries again.
                logger.exception("The job %s failed", name)
            finally:
                connections.close_all()
            self._stopped.wait(PAUSE_SECONDS)
