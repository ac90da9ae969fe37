"""GET /metrics, read as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tests.clients import ApiClient

TOKEN = "a-token-of-the-tests"


@dataclass(frozen=True)
class Scraped:
    """One answer; a value is found by its sample's name and labels."""

    text: str

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                yield sample.name, sample.labels, sample.value

    def value(self, name: str, **labels: str) -> float:
        """0 where there is no such series yet."""
        return sum(value for found, its, value in self.samples() if (found, its) == (name, labels))

    def series(self, name: str) -> list[dict[str, str]]:
        return [labels for found, labels, _ in self.samples() if found == name]


def scraped() -> Scraped:
    answer = ApiClient(TOKEN).get("/metrics")
    assert answer.status == 200, answer
    return Scraped(answer.content.decode())


class Since:
    """How much a counter has grown since this was made."""

    def __init__(self) -> None:
        self._before = scraped()

    def grown(self, name: str, **labels: str) -> float:
        return scraped().value(name, **labels) - self._before.value(name, **labels)
