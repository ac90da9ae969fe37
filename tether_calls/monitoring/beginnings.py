"""Counts that are told as 0 before anything is counted.

Prometheus sees no increase in a series that begins with 1, so the first failure of a kind would raise no alert.
"""

from __future__ import annotations

from django.conf import settings

from calls.providers.registry import agents_provider, providers
from tether_calls.common.errors import ErrorCode
from tether_calls.common.observing import metrics
from tether_calls.common.observing.metrics import Metric


def beginnings() -> dict[Metric, list[tuple[str, ...]]]:
    """The series that alerts watch, by the values of their labels."""
    return {
        metrics.INGESTS: _each("created", ErrorCode.INTERNAL_ERROR, ErrorCode.RECORDING_NOT_STORED),
        metrics.DIALS: [
            (agents_provider().name, str(outcome))
            for outcome in ("placed", ErrorCode.PROVIDER_ERROR, ErrorCode.PROVIDER_UNKNOWN)
        ],
        metrics.JOB_RUNS: [(job, outcome) for job in settings.TETHER_JOBS for outcome in ("done", "failed")],
        metrics.INVALID_DELIVERIES: _each(*(provider.name for provider in providers() if provider.endpoints)),
        metrics.POOL_TIMEOUTS: [()],
    }


def _each(*values: str) -> list[tuple[str, ...]]:
    return [(str(value),) for value in values]
