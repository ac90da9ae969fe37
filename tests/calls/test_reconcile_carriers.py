"""reconcile_calls: browsers' calls whose callbacks were lost, at Sinch and Twilio; and the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from django.core.management import CommandError
from django.utils import timezone

from calls.models import Call, VoiceAccount
from calls.providers.simulator import Outcome as Told
from calls.providers.simulator import Simulator
from calls.services.reconcile_calls import Outcome
from tests.calls.reconciling import (
    SINCH_KEY,
    SINCH_SECRET,
    TWILIO_KEY,
    TWILIO_SECRET,
    TWILIO_SID,
    command,
    make_forgotten,
    open_accounts,
    outcome_of,
    reconciled,
    silent_providers,
)
from tests.calls.providers.simulator.receiver import Receiver
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with silent_providers() as running:
        yield running


@pytest.fixture(autouse=True)
def office(user: User, simulator: Simulator) -> None:
    open_accounts(user, simulator)


def at_sinch(simulator: Simulator, digit: int) -> str:
    body = {
        "method": "ttsCallout",
        "ttsCallout": {"destination": {"type": "number", "endpoint": f"+1202555019{digit}"}, "cli": "+12025550100"},
    }
    url = f"{simulator.url}/calling/v1/callouts"
    call_id: str = requests.post(url, json=body, auth=(SINCH_KEY, SINCH_SECRET), timeout=60).json()["callId"]
    return call_id


def test_none() -> None:
    pass
