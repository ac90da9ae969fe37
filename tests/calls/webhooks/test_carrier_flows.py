"""Calls over Twilio and Sinch from end to end: a running server, and the simulated carriers that ask and call back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from calls.demo.simulator import (
    ElevenLabsAccount,
    ElevenLabsNumber,
    Outcome,
    Pace,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from calls.models import Call, Delivery, Recording
from tests.calls.event_log import events_of
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.sinch_office import CALLER, OUR_NUMBER
from tests.waiting import PATIENCE
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

AGENT, NUMBER_ID = "agent_1", "phnum_1"


@pytest.fixture
def simulator(live_url: str, user: User) -> Iterator[Simulator]:
    twilio = f"{live_url}/api/webhook/calls/twilio"
    accounts = (
        ElevenLabsAccount(
            api_key=elevenlabs_office.API_KEY,
            webhook_secret=elevenlabs_office.SECRET,
            webhook_url=f"{live_url}/api/webhook/elevenlabs",
            agents={AGENT: "Mia"},
            phone_numbers=(ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER, agent_id=AGENT),),
        ),
        SinchAccount(
            application_key=sinch_office.KEY,
            application_secret=sinch_office.SECRET,
            callback_url=f"{live_url}/api/webhook/calls/sinch",
        ),
        TwilioAccount(
            account_sid=twilio_office.ACCOUNT_SID,
            auth_token=twilio_office.TOKEN,
            api_keys={twilio_office.KEY_SID: twilio_office.KEY_SECRET},
            voice_url=f"{twilio}/inbound",
            status_callback=f"{twilio}/status",
        ),
    )
    with Simulator(*accounts, pace=Pace.quick()) as running:
        yield running


def test_a_call_over_twilio_rings_is_answered_and_recorded(user: User, simulator: Simulator) -> None:
    twilio_office.make_account(user, base_url=simulator.url)
    twilio_office.make_number(user)

    simulator.call_in("twilio", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    call = Call.objects.get()
    assert (call.status, call.direction, call.user_id) == ("completed", "inbound", user.pk)
    assert (call.duration or 0) > 0
    assert Recording.objects.get().call_id == call.pk
    events = events_of(call)
    # Once more where the leg that reached Twilio ended in a later second, which then is the message's time.
    assert events.pop("fetch_messages") in (1, 2)
    assert events == {
        "call_initiated": 1,
        "call_answered": 1,
        "call_ended": 1,
        "call_recording_ready": 1,
    }
    assert set(Delivery.objects.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.CANCELED])
@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_a_call_that_nobody_answers_has_ended(
    provider: str, outcome: Outcome, user: User, simulator: Simulator
) -> None:
    office = twilio_office if provider == "twilio" else sinch_office
    office.make_account(user, base_url=simulator.url)
    office.make_number(user)

    simulator.call_in(provider, from_number=CALLER, to=OUR_NUMBER, outcome=outcome)
    simulator.settle()

    call = Call.objects.get()
    assert call.status == outcome.value.replace("_", "-")
    assert events_of(call)["call_ended"] == 1


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
def test_a_browser_calls_a_telephone(provider: str, live_url: str, user: User, simulator: Simulator) -> None:
    office = twilio_office if provider == "twilio" else sinch_office
    office.make_account(user, base_url=simulator.url)
    office.make_number(user)
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    told = {"phoneNumber": "+12025550191"}
    requests.post(f"{live_url}/api/calls/sdk/initiate", json=told, headers=headers, timeout=PATIENCE).raise_for_status()

    identity = f"client:{user.pk}" if provider == "twilio" else user.pk
    voice_url = f"{live_url}/api/webhook/calls/twilio/outbound"
    simulator.call_in(provider, from_number=identity, to="+12025550191", voice_url=voice_url)
    simulator.settle()

    call = Call.objects.get()
    assert (call.direction, call.status, call.user_id) == ("outbound", "completed", user.pk)
    assert events_of(call)["call_answered"] == 1


def test_a_call_over_sinch_that_an_agent_answers_is_one_call(user: User, simulator: Simulator) -> None:
    sinch_office.make_account(user, base_url=simulator.url)
    elevenlabs_office.make_account(user, base_url=simulator.url)
    agent = elevenlabs_office.make_agent(user, AGENT)
    sinch_office.make_number(user, ai_enabled=True, ai_agent=agent, elevenlabs_phone_number_id=NUMBER_ID)

    simulator.call_in("sinch", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()

    call = Call.objects.get()
    assert (call.provider, call.status, call.direction) == ("sinch", "completed", "inbound")
    assert call.ai_conversation_id is not None
    assert call.ai_transcript
    assert call.ai_summary
    assert Recording.objects.get().call_id == call.pk
    assert events_of(call)["call_ended"] == 1
