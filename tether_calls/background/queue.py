"""The Celery application, the same one for those who ask for jobs, for beat and for the workers."""

from __future__ import annotations

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

# What `redis://` and `rediss://` mean: kombu has no other way to be told.
TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "tether_calls.background.broker:Transport")

app = Celery("tether_calls")
app.config_from_object("django.conf:settings", namespace="CELERY")
