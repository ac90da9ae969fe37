from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from calls.demo import seed
from tests.calls.demo.starts import started


@pytest.fixture
def simulated(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator runs, also where the tests use servers, which several processes may share; with few past calls."""
    monkeypatch.setattr(seed, "DEMO_CALLS", 12)
    settings.DATA_DIR = tmp_path
    settings.TETHER_SIMULATOR = True


@pytest.fixture
def base_url() -> str:
    """Ours, where nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def first_start(base_url: str) -> dict[str, Any]:
    """What demo.json said at a start that is over."""
    with started(base_url) as document:
        return document


@pytest.fixture
def organization_id(first_start: dict[str, Any]) -> str:
    return str(first_start["organizationId"])
