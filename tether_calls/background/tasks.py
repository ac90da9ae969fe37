"""The task that Celery's beat sends, once for each job and turn."""

from __future__ import annotations

from celery import shared_task

from tether_calls.background.jobs import do_job


@shared_task(name="tether_calls.background.run_job")
def run_job(name: str) -> None:
    do_job(name)
