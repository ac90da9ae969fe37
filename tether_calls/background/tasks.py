"""The task that Celery's beat sends, once for each job and turn."""

from __future__ import annotations

from tether_calls.background.jobs import do_job
from tether_calls.background.queue import app


# Of the application itself: in a process that serves HTTP nothing else would say where the broker is.
@app.task(name="tether_calls.background.run_job")
def run_job(name: str) -> None:
    do_job(name)
