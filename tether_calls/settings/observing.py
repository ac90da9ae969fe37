"""How the service is seen to run: metrics, the log, errors, traces. All off, but for the log."""

from __future__ import annotations

import sys
from typing import Any

from tether_calls.settings.backends import DATABASE_URL, REDIS_URL
from tether_calls.settings.environment import DATA_DIR, env

# ---- Metrics, read by tether_calls.common.observing.metrics --------------------------------------------------------

# Whoever has it may read GET /metrics, which is not there without it.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# host:port where they are served besides, by one process of each machine, as in 127.0.0.1:9464.
METRICS_ADDRESS = env.str("METRICS_ADDRESS", default="")
# Where all processes of a machine count.
METRICS_DIR = env.str("METRICS_DIR", default="") or str(DATA_DIR / "metrics")

# ---- Errors and traces ---------------------------------------------------------------------------------------------

SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
if not OTEL_EXPORTER_OTLP_ENDPOINT and "opentelemetry" not in sys.modules:
    # redis-py imports it wherever it is installed, used or not: half a second and 3 MB for each process.
    sys.modules["opentelemetry"] = None  # type: ignore[assignment]  # Python's own way of saying that there is none

# ---- The log -------------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="line")
# A line for each request; production's proxy has them already, the embedded server may have no proxy.
TETHER_REQUEST_LOG = env.yes("TETHER_REQUEST_LOG", default=not (DATABASE_URL and REDIS_URL))

LOG_FORMATTERS: dict[str, dict[str, Any]] = {
    "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
        "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
    },
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "tether_calls.common.logs.RequestIdFilter"},
        "no_socket_addresses": {"()": "tether_calls.common.logs.NoSocketAddresses"},
        "no_paths": {"()": "tether_calls.common.logs.NoPaths"},
        "once_a_minute": {"()": "tether_calls.common.logs.OnceAMinute"},
    },
    # What is no format is named by a system check; the log goes on in lines.
    "formatters": {"chosen": LOG_FORMATTERS.get(LOG_FORMAT, LOG_FORMATTERS["line"])},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.level("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # 4xx answers are the client's business and would fill the log with what strangers send.
        "django.request": {"level": "ERROR", "filters": ["no_paths"]},
        "django.security": {"level": "CRITICAL"},
        # Each task that is sent, received and done: several lines a second.
        "celery": {"level": "WARNING"},
        "uvicorn.error": {"filters": ["no_socket_addresses"]},
        # While Redis or the database is away.
        "psycopg.pool": {"filters": ["once_a_minute"]},
        "channels_redis.pubsub": {"filters": ["once_a_minute"]},
        "tether_calls.realtime.follower": {"filters": ["once_a_minute"]},
        "tether_calls.realtime.consumers": {"filters": ["once_a_minute"]},
        # While the receiver of traces is away.
        "opentelemetry": {"filters": ["once_a_minute"]},
    },
}
