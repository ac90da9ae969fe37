"""Work in the background: what is done how often, and Celery, which does it where REDIS_URL is set."""

from __future__ import annotations

import ssl
import sys
from typing import Any

from tether_calls.settings.backends import REDIS_URL
from tether_calls.settings.environment import env

# Name: the function that is called without arguments, and every how many seconds. Each is driven by rows, so that one
# run more, or one less, changes nothing. Another job is another line.
TETHER_JOBS: dict[str, tuple[str, float]] = {
    "deliver_webhooks": ("calls.services.webhooks_out.deliver.deliver_webhooks", 5.0),
    # Woken by each request for an export; the clock is for those that were cut off.
    "make_exports": ("calls.services.exports.make.make_exports", 15.0),
    # Woken too by what is planned for this moment.
    "dial_scheduled_calls": ("calls.services.agent_calls.dial_due.dial_scheduled_calls", 5.0),
    "remind": ("contacts.services.reminders.remind", 5.0),
    # Woken by each text that is to be sent; the clock is for those that a process left when it died.
    "send_texts": ("calls.services.texts.hand_over.send_texts", 10.0),
    # What it writes down wakes the one above.
    "text_reminders": ("calls.services.texts.text_reminders.text_reminders", 10.0),
    "text_missed_callers": ("calls.services.texts.missed_calls.text_missed_callers", 15.0),
    # Woken by each request for one; the clock is for those that a process left when it died.
    "send_password_resets": ("tether_calls.accounts.services.passwords.send_password_resets", 30.0),
    "retry_deliveries": ("calls.services.deliveries.replay.retry_deliveries", 60.0),
    "close_live_calls": ("calls.services.live_calls.close.close_live_calls", 60.0),
    "reconcile_calls": ("calls.services.reconciling.jobs.reconcile_old_calls", 300.0),
    # Whose time is over, or whose browser is gone, is free again, and the next person is asked.
    "pass_on_transfers": ("calls.services.transfers.pass_on.pass_on_transfers", 3.0),
    "count_calls": ("calls.services.counting.fold.count_calls", 10.0),
    # Agents that were changed here are to be so at their provider soon; that they were changed there is looked for.
    "sync_agents": ("calls.services.agent_sync.jobs.sync_agents", 15.0),
    # Rows of the access log are linked to those before them.
    "link_trails": ("tether_calls.trails.services.link.link_pending", 5.0),
    # Woken too by each request of a person.
    "do_privacy_requests": ("calls.services.privacy.work.do_privacy_requests", 60.0),
    # Woken too by each redaction of old calls.
    "redact_old_calls": ("calls.services.redacting.work.redact_old_calls", 60.0),
    "expire_content": ("calls.services.privacy.expire_content.expire_content", 3600.0),
    "prune": ("calls.services.prune.prune", 3600.0),
    # Woken by each reader of a recording that has none; the clock is for what was stored since.
    "make_peaks": ("calls.services.recordings.make_peaks.make_waiting_peaks", 15.0),
    # Woken where a transcript comes after its recording; the clock is for what a killed process left.
    "silence_recordings": ("calls.services.recordings.silence_recordings.silence_recordings", 15.0),
    # Woken by each no to a recording.
    "drop_denied_audio": ("calls.services.privacy.denied_audio.drop_denied_audio", 15.0),
    "sweep_recordings": ("calls.services.recordings.sweep_recordings.sweep_all_recordings", 3600.0),
}
# Run as soon as an event is logged, too.
TETHER_JOBS_WOKEN_BY_EVENTS: tuple[str, ...] = ("deliver_webhooks",)
# Run as soon as an export is asked for, or given back unfinished.
TETHER_JOBS_WOKEN_BY_EXPORTS: tuple[str, ...] = ("make_exports",)
# Run as soon as a person is to be found, exported or erased.
TETHER_JOBS_WOKEN_BY_PRIVACY: tuple[str, ...] = ("do_privacy_requests",)
# Run as soon as old calls are to be redacted.
TETHER_JOBS_WOKEN_BY_REDACTION: tuple[str, ...] = ("redact_old_calls",)
# Run as soon as a text is to be sent by no request.
TETHER_JOBS_WOKEN_BY_TEXTS: tuple[str, ...] = ("send_texts",)
# Run as soon as somebody asks for another password.
TETHER_JOBS_WOKEN_BY_PASSWORD_RESETS: tuple[str, ...] = ("send_password_resets",)
# How many runs of a job may go on at once, on all machines together; one, if not named here.
TETHER_JOB_SLOTS = {"deliver_webhooks": 4, "dial_scheduled_calls": 4, "make_exports": 2, "send_texts": 2}
# Without Redis the one server process does them itself, in threads.
TETHER_JOBS_IN_PROCESS = not REDIS_URL
# Celery cuts off what takes longer, and hands what a killed worker had taken to another one a little later.
TETHER_JOB_SECONDS = env.whole("TETHER_JOB_SECONDS", default=600, least=1)

# ---- Celery, read by tether_calls.background.queue -------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_USE_SSL: dict[str, Any] | None = (
    {"ssl_cert_reqs": ssl.CERT_REQUIRED} if REDIS_URL.startswith("rediss:") else None
)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TETHER_JOB_SECONDS * 11 // 10 + 1,
    "global_keyprefix": "tether.",
    # Look for what killed workers had taken every 10 seconds, not every 100.
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_IGNORE_RESULT = True
# A task is done when it has been done, not when it has been taken.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = TETHER_JOB_SECONDS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Else the pool of sessions is ended before and after each task, and made anew; tether_calls.celery hands them back.
CELERY_DB_REUSE_MAX = sys.maxsize
# In memory: the intervals are short, and the process keeps nothing on disk.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    name: {
        "task": "tether_calls.background.run_job",
        "schedule": seconds,
        "args": (name,),
        # Of what waits for a worker that is away, the newest is enough. Webhooks have a queue of their own, so that
        # slow receivers keep no other job waiting.
        "options": {"expires": seconds, "queue": "webhooks" if name == "deliver_webhooks" else "jobs"},
    }
    for name, (_, seconds) in TETHER_JOBS.items()
}
