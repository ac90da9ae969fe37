from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.demo.simulator import Simulator
from tests.calls.demo.simulator.receiver import Receiver
from tests.calls.demo.simulator.worlds import quick_simulator


@pytest.fixture
def ours() -> Iterator[Receiver]:
    """Our service, as far as callbacks go."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def simulator(ours: Receiver) -> Iterator[Simulator]:
    with quick_simulator(ours.url) as running:
        yield running
