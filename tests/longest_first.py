"""The modules that took longest the last time begin first, so that no worker is alone with one in the end.

How long each took is in pytest's cache: what reads it is the process that hands out the tests, so that all of its
workers have one order. Where nothing is known, as in a new checkout, the order is pytest's.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

import pytest

_INPUT = "seconds_of_modules"
_IN_A_BROWSER = "tests/browser/"


class LongestFirst:
    NAME = "longest-first"

    def __init__(self, config: pytest.Config) -> None:
        marks = str(config.getoption("markexpr")).replace(" ", "-") or "all"
        self._key = f"seconds/{'real' if 'DATABASE_URL' in os.environ else 'embedded'}-{marks}"
        self._is_worker = hasattr(config, "workerinput")
        # None with `-p no:cacheprovider`.
        self._cache: pytest.Cache | None = getattr(config, "cache", None)
        if self._is_worker:
            told: Any = config.workerinput[_INPUT]  # type: ignore[attr-defined]
        else:
            told = self._cache.get(self._key, {}) if self._cache is not None else {}
        self._known: dict[str, float] = told
        self._taken: dict[str, float] = defaultdict(float)

    def seconds_of(self, module: str) -> float:
        """0 where nothing is known of it."""
        return self._known.get(module, 0.0)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_INPUT] = self._known

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._taken[report.location[0]] += report.duration

    def pytest_sessionfinish(self) -> None:
        if self._is_worker or self._cache is None:
            return
        # Of a run of some tests of a module the half is kept that is known of all.
        now = {name: max(seconds, self._known.get(name, 0.0) / 2) for name, seconds in self._taken.items()}
        self._cache.set(self._key, {**self._known, **now})


def in_order(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked as slow first, and the tests that share a browser together and last."""
    plugin: Any = config.pluginmanager.get_plugin(LongestFirst.NAME)
    items.sort(
        key=lambda item: (
            item.get_closest_marker("slow") is None,
            item.location[0].startswith(_IN_A_BROWSER),
            -plugin.seconds_of(item.location[0]),
        )
    )
