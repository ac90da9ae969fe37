"""The Celery application of production: `celery -A tether_calls worker`, `celery -A tether_calls beat`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tether_calls.settings.production")

app = Celery("tether_calls")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tether_calls.background"])
