"""The Celery application of production: `celery -A tether_calls worker`, `celery -A tether_calls beat`."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init
from django.conf import settings

from tether_calls.common.logs import log_version

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")

logger = logging.getLogger(__name__)

app = Celery("tether_calls")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tether_calls.background"])


@setup_logging.connect
def leave_logging_to_django(**_: Any) -> None:
    """While this is connected Celery sets up no log of its own, whose level would win over LOG_LEVEL."""


@worker_init.connect
@beat_init.connect
def log_what_starts(**_: Any) -> None:
    """The version is the first line."""
    log_version()


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
