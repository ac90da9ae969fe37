from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.demo.simulator import Simulator
from tests.calls.api.ai.outbound import Office, make_office, simulating
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient
from tether_calls.accounts.models import User


@pytest.fixture
def partner(user: User) -> ApiClient:
    """A partner of `user`'s organization, with all permissions."""
    return partner_of(user)


@pytest.fixture
def other_partner(other_user: User) -> ApiClient:
    """A partner of another organization, with all permissions."""
    return partner_of(other_user)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulating() as running:
        yield running


@pytest.fixture
def office(user: User, simulator: Simulator) -> Office:
    """What `partner` can have calls made with: the number is assigned to the agent."""
    office = make_office(user, simulator)
    office.number.ai_agent = office.agent
    office.number.save()
    return office
