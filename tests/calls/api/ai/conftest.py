from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.demo.simulator import Simulator
from tests.calls.api.ai.money import set_rate
from tests.calls.api.ai.outbound import Office, make_office, simulating
from tests.factories import make_prepaid
from tether_calls.accounts.models import User


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


@pytest.fixture
def office(user: User, simulator: Simulator) -> Office:
    return make_office(user, simulator)


@pytest.fixture
def prepaid(office: Office) -> Office:
    """An office with one unit of money; a minute of its agent's costs a quarter."""
    assert office.user.organization is not None
    make_prepaid(office.user.organization, "1")
    set_rate(office, "0.25")
    return office
