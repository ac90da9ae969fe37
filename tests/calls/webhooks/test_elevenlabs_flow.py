"""AI calls from end to end: a running server, and the simulated ElevenLabs that dials and calls back over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Outcome, Pace, Simulator
from calls.models import Call, Delivery, Recording, ScheduledCall
from tests.calls.event_log import events_of
from tests.calls.webhooks.elevenlabs_office import (
    AGENT,
    AGENT_NUMBER,
    API_KEY,
    CALLER,
    SECRET,
    TOOL_SECRET,
    make_account,
    make_agent,
    make_ai_number,
)
from tests.unhurried import hold_the_clock_of_requests
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

NUMBER_ID = "phnum_1"


@pytest.fixture
def simulator(live_url: str, user: User) -> Iterator[Simulator]:
    account = ElevenLabsAccount(
        api_key=API_KEY,
        webhook_secret=SECRET,
        webhook_url=f"{live_url}/api/webhook/elevenlabs",
        personalization_url=f"{live_url}/api/webhook/elevenlabs/personalization",
        personalization_headers={"Authorization": f"Bearer {TOOL_SECRET}"},
        tools_url=f"{live_url}/api/webhook/elevenlabs/tools",
        tools_headers={"Authorization": f"Bearer {TOOL_SECRET}"},
        agents={AGENT: "Mia"},
        phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=AGENT_NUMBER, agent_id=AGENT),),
    )
    with Simulator(account, pace=Pace.quick()) as running:
        make_account(user, base_url=running.url)
        make_ai_number(user, make_agent(user, AGENT), elevenlabs_phone_number_id=NUMBER_ID)
        yield running


def dial(live_url: str, user: User, number: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    url = f"{live_url}/api/calls/ai/outbound"
    return requests.post(url, json={"phoneNumber": number}, headers=headers, timeout=PATIENCE)


def get(url: str, user: User) -> Any:
    return requests.get(url, headers={"Authorization": f"Bearer {issue_tokens(user).access}"}, timeout=PATIENCE).json()


@pytest.mark.parametrize("digit", [0, 9])
def test_a_call_that_is_answered_has_transcript_summary_and_recording(
    digit: int, live_url: str, user: User, simulator: Simulator
) -> None:
    """9: with the callbacks doubled, and in reverse."""
    assert dial(live_url, user, f"+1202555019{digit}").status_code == 200
    simulator.settle()

    call_id = Call.objects.get().pk
    call = get(f"{live_url}/api/calls/{call_id}", user)["call"]
    assert call["status"] == "completed"
    assert call["duration"] > 0
    assert call["aiTranscript"]
    assert call["aiSummary"]
    recording = get(f"{live_url}/api/calls/{call_id}/recording", user)
    assert requests.get(recording["audioUrl"], timeout=PATIENCE).content.startswith((b"ID3", b"\xff"))
    assert events_of(Call.objects.get()) == {
        "call_initiated": 1,
        "call_ended": 1,
        "call_recording_ready": 1,
        "fetch_messages": 1,
        "note_created": 1,
    }
    assert set(Delivery.objects.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize(("digit", "status"), [(5, "busy"), (6, "no-answer")])
def test_a_call_that_reaches_nobody_says_why(
    digit: int, status: str, live_url: str, user: User, simulator: Simulator
) -> None:
    dial(live_url, user, f"+1202555019{digit}")
    simulator.settle()

    assert Call.objects.get().status == status


def test_a_dial_whose_answer_is_lost_is_completed_by_its_webhooks(
    live_url: str, user: User, simulator: Simulator, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TETHER_DIAL_SECONDS = 0.3
    hold_the_clock_of_requests(monkeypatch)

    answer = dial(live_url, user, "+12025550198")
    wait_until(lambda: simulator.happened()["dials"])
    simulator.settle()

    assert answer.json()["code"] == "PROVIDER_UNKNOWN"
    call = Call.objects.get()
    assert call.status == "completed"
    assert call.provider_call_id
    assert Recording.objects.get().call_id == call.pk


def test_somebody_who_calls_the_agent_is_known_and_recorded(live_url: str, user: User, simulator: Simulator) -> None:
    simulator.call_in("elevenlabs", from_number=CALLER, to=AGENT_NUMBER, outcome=Outcome.COMPLETED)
    simulator.settle()

    call = Call.objects.get()
    assert (call.direction, call.status, call.from_number) == ("inbound", "completed", CALLER)
    assert Recording.objects.get().call_id == call.pk
    assert "personalization" in Delivery.objects.values_list("kind", flat=True)


def test_a_caller_who_asks_for_it_is_called_back(live_url: str, simulator: Simulator, user: User) -> None:
    asked = {"provider": "elevenlabs", "from": CALLER, "to": AGENT_NUMBER, "says": "Call me tomorrow at three, please."}
    assert requests.post(f"{simulator.url}/simulator/inbound", json=asked, timeout=PATIENCE).status_code == 201
    simulator.settle()

    (scheduled,) = ScheduledCall.objects.all()
    local = scheduled.next_at.astimezone(ZoneInfo("America/Toronto"))
    assert (scheduled.source, scheduled.phone_number, local.hour, local.minute) == ("agent", CALLER, 15, 0)
    (call,) = Call.objects.all()
    words = [turn["message"] for turn in (call.ai_transcript or [])[-2:]]
    assert words[0] == "Call me tomorrow at three, please."
    assert words[1].startswith("They are called back on ")
