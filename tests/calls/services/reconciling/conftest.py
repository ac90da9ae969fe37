from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.demo.simulator import Simulator
from tests.calls.services.reconciling.forgotten import open_accounts, silent_providers
from tether_calls.accounts.models import User


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with silent_providers() as running:
        yield running


@pytest.fixture(autouse=True)
def office(user: User, simulator: Simulator) -> None:
    open_accounts(user, simulator)
