"""What the service counts. Every metric is here, with its labels; docs/monitoring.md lists them.

Labels name kinds, never an organization, a number, an id or a path: there are as many series as code makes, whatever
clients send.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any, ClassVar, Literal

from django.conf import settings

from tether_calls.common.observing import files

logger = logging.getLogger(__name__)

_making = threading.Lock()
_broken = False


def is_on() -> bool:
    """Whether anything is counted: where nobody can read it, nothing is."""
    return bool(settings.METRICS_TOKEN or settings.METRICS_ADDRESS) and not _broken


class Metric:
    """One metric; its series are made when they are first needed, and with them prometheus-client is imported."""

    kind: ClassVar[Literal["counter", "histogram", "gauge"]]
    all: ClassVar[dict[str, Metric]] = {}

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        # Asked for at each request: prometheus-client's own look-up takes longer than all the rest.
        self._series: dict[tuple[str, ...], Any] = {}
        self._parent: Any = None
        Metric.all[name] = self

    def series(self, values: tuple[str, ...]) -> Any:
        """The series of these labels; None where nothing is counted."""
        if not is_on():
            return None
        found = self._series.get(values)
        return found if found is not None else self._make(values)

    def _make(self, values: tuple[str, ...]) -> Any:
        global _broken
        try:
            with _making:
                if self._parent is None:
                    self._parent = self._new()
                self._series[values] = self._parent.labels(*values) if values else self._parent
        except OSError:
            # The folder cannot be used, or is full. What is counted is not worth a request.
            logger.exception("Nothing is counted any more: %s cannot be used", settings.METRICS_DIR)
            _broken = True
            return None
        return self._series[values]

    def _new(self) -> Any:
        raise NotImplementedError


class Counter(Metric):
    """How often something happened since the folder was made; its name ends in _total."""

    kind = "counter"

    def add(self, *values: str, by: float = 1.0) -> None:
        series = self.series(values)
        if series is not None:
            series.inc(by)

    def _new(self) -> Any:
        return _library().Counter(self.name.removesuffix("_total"), self.meaning, self.labels, registry=None)


class Histogram(Metric):
    """How long something took, in seconds."""

    kind = "histogram"
    BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

    def observe(self, seconds: float, *values: str) -> None:
        series = self.series(values)
        if series is not None:
            series.observe(seconds)

    def _new(self) -> Any:
        return _library().Histogram(self.name, self.meaning, self.labels, buckets=self.BUCKETS, registry=None)


class Gauge(Metric):
    """What is so now, of this process; all that live are added up."""

    kind = "gauge"

    def add(self, *values: str, by: float) -> None:
        series = self.series(values)
        if series is not None:
            series.inc(by)

    def set(self, value: float, *values: str) -> None:
        series = self.series(values)
        if series is not None:
            series.set(value)

    def _new(self) -> Any:
        return _library().Gauge(self.name, self.meaning, self.labels, multiprocess_mode="livesum", registry=None)


class ReadGauge(Metric):
    """What is so now of the whole service, read from its rows or its cache when somebody asks."""

    kind = "gauge"


def _library() -> Any:
    """prometheus-client, with files in our folder that bear our names."""
    # Read whenever a file is opened.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(files.folder())
    import prometheus_client
    from prometheus_client import values

    if values.ValueClass.__module__ != __name__:
        values.ValueClass = values.MultiProcessValue(files.identity)
        values.ValueClass.__module__ = __name__
    return prometheus_client


# ---- Requests ------------------------------------------------------------------------------------------------------

HTTP_REQUESTS = Counter(
    "tether_http_requests_total",
    "Requests that were answered",
    "method",
    "route",
    "status",
)
HTTP_SECONDS = Histogram("tether_http_request_duration_seconds", "From the request to its answer", "method", "route")

# ---- Calls ---------------------------------------------------------------------------------------------------------

INGESTS = Counter("tether_ingests_total", "Pushed calls: created, deduplicated, or an error's code", "outcome")
DIALS = Counter(
    "tether_dials_total", "Calls of agents: placed, deduplicated, or an error's code", "provider", "outcome"
)
WALLET_REFUSALS = Counter("tether_wallet_refusals_total", "Dials that a balance does not cover")

# ---- Providers, and what they send ---------------------------------------------------------------------------------

PROVIDER_REQUESTS = Counter("tether_provider_requests_total", "Requests to a provider", "provider")
PROVIDER_ERRORS = Counter("tether_provider_errors_total", "Requests that failed, by the problem", "provider", "problem")
PROVIDER_SECONDS = Histogram(
    "tether_provider_request_duration_seconds", "From the request to the end of its answer", "provider"
)
DELIVERIES_UNDONE = ReadGauge(
    "tether_deliveries", "What providers sent and is not processed: received, waiting, failed", "state"
)
INVALID_DELIVERIES = Counter(
    "tether_deliveries_invalid_total", "What providers sent and can never be processed", "provider"
)

# ---- Webhooks to partners ------------------------------------------------------------------------------------------

WEBHOOK_ATTEMPTS = Counter(
    "tether_webhook_attempts_total", "Attempts: delivered, refused, unreachable, gone, ours", "outcome"
)
WEBHOOKS_PENDING = ReadGauge("tether_webhooks_pending", "Messages to subscribers that are on, not delivered yet")
WEBHOOKS_AGE = ReadGauge("tether_webhooks_oldest_pending_seconds", "Age of the oldest of them, or 0")
EVENT_LOG_LAG = ReadGauge(
    "tether_event_log_lag_seconds", "Age of the oldest event that is not made into webhooks yet, or 0"
)

# ---- Jobs ----------------------------------------------------------------------------------------------------------

JOB_RUNS = Counter("tether_job_runs_total", "Runs: done, failed; busy: all slots taken", "job", "outcome")
JOB_LAST_SUCCESS = ReadGauge("tether_job_last_success_timestamp_seconds", "When a run was last done", "job")
JOB_LAST_SECONDS = ReadGauge("tether_job_last_duration_seconds", "How long that run took", "job")
CLOCK_LATE = ReadGauge("tether_jobs_late", "1 where /readyz calls it late", "part")

# ---- Processes -----------------------------------------------------------------------------------------------------

OPEN_SOCKETS = Gauge("tether_open_sockets", "Event sockets that are open, of users that are known")
REPLICA_READS = Counter(
    "tether_replica_reads_total", "Reads that a replica may answer, by who did: replica, primary", "database"
)
POOL_CONNECTIONS = Gauge(
    "tether_database_pool_connections", "Connections: used, idle; most, that there may be", "state"
)
POOL_WAITING = Gauge("tether_database_pool_waiting", "Threads that wait for a connection")
POOL_TIMEOUTS = Counter("tether_database_pool_timeouts_total", "Threads that waited in vain")
PROCESSES = ReadGauge("tether_processes", "Processes that count")
BUILD = ReadGauge("tether_build_info", "Always 1", "version")
ROWS_READ = ReadGauge("tether_rows_read", "0 where database or cache could not be read just now")
