from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calls.demo.starts import few_calls, free_address, started


@pytest.fixture
def simulated(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The simulator runs, also where the tests use servers, which several processes may share; with few past calls."""
    settings.DATA_DIR = tmp_path
    settings.TETHER_SIMULATOR = True
    with few_calls():
        yield


@pytest.fixture
def base_url() -> str:
    return free_address()


@pytest.fixture
def first_start(base_url: str) -> dict[str, Any]:
    """What demo.json said at a start that is over."""
    with started(base_url) as document:
        return document


@pytest.fixture
def organization_id(first_start: dict[str, Any]) -> str:
    return str(first_start["organizationId"])
