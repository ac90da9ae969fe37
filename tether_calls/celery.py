"""The Celery application of production: `celery -A tether_calls worker`, `celery -A tether_calls beat`."""

from __future__ import annotations

import logging
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")

logger = logging.getLogger(__name__)

app = Celery("tether_calls")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tether_calls.background"])


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
