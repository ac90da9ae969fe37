"""One answer for Prometheus: what all processes of this machine have counted, and what is read at this moment."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from hmac import compare_digest
from typing import Any

from django.conf import settings

from tether_calls.common.observing import files, metrics
from tether_calls.common.observing.metrics import Metric
from tether_calls.monitoring.beginnings import beginnings
from tether_calls.monitoring.rows import Reading, readings

logger = logging.getLogger(__name__)


def is_permitted(authorization: str) -> bool:
    """Whether the header has METRICS_TOKEN; without one whoever reaches METRICS_ADDRESS may read."""
    if not settings.METRICS_TOKEN:
        return True
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())


def scrape(accept: str) -> tuple[bytes, str]:
    """The text, and its media type. Raises OSError where the folder cannot be read."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import choose_encoder

    registry = CollectorRegistry()
    registry.register(_Collected(_read()))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def _read() -> list[Reading]:
    """A database that is away is worth seeing: what was counted is told all the same."""
    found: list[Reading] = [(metrics.BUILD, 1.0, (settings.VERSION,))]
    is_read = 1.0
    try:
        found += readings()
    except Exception:
        # Any exception of the database's or the cache's client.
        logger.exception("What metrics say of rows could not be read")
        is_read = 0.0
    return [*found, (metrics.ROWS_READ, is_read, ())]


class _Collected:
    def __init__(self, read: Iterable[Reading]) -> None:
        self._read = read

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
        from prometheus_client.multiprocess import MultiProcessCollector

        with files.locked():
            files.sweep()
            living = files.living()
            counted = list(MultiProcessCollector(None, str(files.folder())).collect())
        first = beginnings()
        for family in counted:
            # An older version's files may have what is no metric any more.
            if (metric := _metric_of(family)) is not None:
                family.documentation = metric.meaning
                yield _begun(family, metric, first.pop(metric, []))
        for metric, series in first.items():
            yield _begun(CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels), metric, series)
        families: dict[str, Any] = {}
        for metric, value, labels in [*self._read, (metrics.PROCESSES, float(living), ())]:
            family = families.setdefault(
                metric.name, GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
            )
            family.add_metric(labels, value)
        yield from families.values()


def _begun(family: Any, metric: Metric, series: Iterable[tuple[str, ...]]) -> Any:
    """The family with 0 for those of the series that nothing was counted in yet."""
    counted = {tuple(sample.labels[name] for name in metric.labels) for sample in family.samples}
    for values in series:
        if values not in counted:
            family.add_sample(metric.name, dict(zip(metric.labels, values, strict=True)), 0.0)
    return family


def _metric_of(family: Any) -> Metric | None:
    return Metric.all.get(f"{family.name}_total" if family.type == "counter" else family.name)
