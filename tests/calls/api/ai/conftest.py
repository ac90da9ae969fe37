from __future__ import annotations

from collections.abc import Iterator

import pytest

from calls.providers.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from tests.calls.api.ai.money import set_rate
from tests.calls.api.ai.outbound import (
    AGENT,
    ANOTHER_AGENT,
    ANOTHER_NUMBER,
    ANOTHER_NUMBER_ID,
    API_KEY,
    NUMBER_ID,
    OUR_NUMBER,
    Office,
    make_office,
)
from tests.factories import make_prepaid
from tether_calls.accounts.models import User


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    account = ElevenLabsAccount(
        api_key=API_KEY,
        agents={AGENT: "Mia", ANOTHER_AGENT: "Leo"},
        phone_numbers=(
            ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER),
            ElevenLabsNumber(phone_number_id=ANOTHER_NUMBER_ID, phone_number=ANOTHER_NUMBER),
        ),
    )
    with Simulator(account, pace=Pace.quick(0.03)) as running:
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
