"""The Celery application of production: `celery -A tether_calls worker`, `celery -A tether_calls beat`."""

from __future__ import annotations

import logging
import os
from typing import Any

import django
from celery.signals import (
    after_task_publish,
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_shutting_down,
)
from django.conf import settings
from django.db import connections

from tether_calls.background.clock import note_sent
from tether_calls.background.jobs import load_jobs, stopping
from tether_calls.background.queue import app
from tether_calls.common.garbage import leave_out_what_is_loaded
from tether_calls.common.logs import log_version

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")

__all__ = ["app"]

logger = logging.getLogger(__name__)

app.autodiscover_tasks(["tether_calls.background"])


@setup_logging.connect
def leave_logging_to_django(**_: Any) -> None:
    """While this is connected Celery sets up no log of its own, whose level would win over LOG_LEVEL."""


@worker_init.connect
@beat_init.connect
def log_what_starts(**_: Any) -> None:
    """The version is the first line."""
    log_version()


@worker_init.connect
def load_before_forking(**_: Any) -> None:
    """What the jobs need: the worker's processes share it, and are up at once."""
    django.setup()
    load_jobs()
    leave_out_what_is_loaded()


@worker_shutting_down.connect
def take_no_more(**_: Any) -> None:
    """Jobs end after the one thing that they have in hand; this worker's next start, or another one, goes on."""
    stopping.set()


@worker_process_init.connect
def watch_each_process(**_: Any) -> None:
    """Of the worker: the processes that it forks do the work."""
    from tether_calls.monitoring.process import watch_process  # models, which are not ready when this is imported

    watch_process(serves=False)


@task_prerun.connect
@task_postrun.connect
def hand_sessions_back(sender: Any, **_: Any) -> None:
    """To the pool, which looks whether they live before the next job has them."""
    if not sender.request.is_eager:
        for connection in connections.all(initialized_only=True):
            connection.close()


@beat_init.connect
def note_what_is_sent(**_: Any) -> None:
    """Only what beat itself sends: HTTP wakes a job now and then, also while beat is dead."""
    after_task_publish.connect(_note_sent)


def _note_sent(body: Any, **_: Any) -> None:
    (name,), *_rest = body
    note_sent(name)


@beat_init.connect
def run_each_job_once(**_: Any) -> None:
    """Beat's clock begins anew with the process: restarted more often than a job comes round, it would never send it.

    One run more changes nothing, as jobs are driven by rows and have slots.
    """
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        try:
            app.send_task(entry["task"], args=entry["args"], **entry["options"])
        except Exception:
            # The broker is away; beat itself waits for it, and each job comes round.
            logger.exception("The first run of the job %s was not sent", name)
