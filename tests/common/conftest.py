"""Servers to fetch from, stopped when their test is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.common.fetching import Serve
from tests.http_targets import Answer, TargetServer


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[TargetServer] = []

    def start(routes: Mapping[str, bytes | Answer], *, tls: bool = False) -> TargetServer:
        running.append(TargetServer(routes, tls=tls).__enter__())
        return running[-1]

    yield start
    for target in running:
        target.__exit__(None, None, None)
