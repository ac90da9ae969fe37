"""Callers who want a person, from end to end: a running server, a simulated agent, and a simulated carrier.

The person's browser is there, and what it does when it rings is said with the call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from calls.demo.simulator import (
    ElevenLabsAccount,
    ElevenLabsNumber,
    Pace,
    Simulator,
    SinchAccount,
    TwilioAccount,
)
from calls.models import Call, ScheduledCall, Transfer, TransferOffer
from contacts.models import DoNotCallNumber
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.elevenlabs_office import AGENT, AGENT_NUMBER, CALLER, TOOL_SECRET
from tests.clients import logged_in
from tests.factories import make_user
from tests.presence import make_present
from tests.waiting import PATIENCE, wait_until
from tether_calls.accounts.models import User
from tether_calls.accounts.tokens import issue_tokens

LINE = "+14165550111"
PLEASE = "I want to speak to a person."


def at_sinch(live_url: str, *numbers: str) -> SinchAccount:
    return SinchAccount(
        application_key=sinch_office.KEY,
        application_secret=sinch_office.SECRET,
        callback_url=f"{live_url}/api/webhook/calls/sinch",
        phone_numbers=numbers,
    )


def at_twilio(live_url: str, *numbers: str) -> TwilioAccount:
    return TwilioAccount(
        account_sid=twilio_office.ACCOUNT_SID,
        auth_token=twilio_office.TOKEN,
        api_keys={twilio_office.KEY_SID: twilio_office.KEY_SECRET},
        voice_url=f"{live_url}/api/webhook/calls/twilio/inbound",
        status_callback=f"{live_url}/api/webhook/calls/twilio/status",
        phone_numbers=numbers,
    )


@pytest.fixture
def simulator(live_url: str, user: User) -> Iterator[Simulator]:
    """An agent answers the organization's number, which is Sinch's."""
    webhooks = f"{live_url}/api/webhook/elevenlabs"
    secret = {"Authorization": f"Bearer {TOOL_SECRET}"}
    account = ElevenLabsAccount(
        api_key=elevenlabs_office.API_KEY,
        webhook_secret=elevenlabs_office.SECRET,
        webhook_url=webhooks,
        personalization_url=f"{webhooks}/personalization",
        personalization_headers=secret,
        tools_url=f"{webhooks}/tools",
        tools_headers=secret,
        agents={AGENT: "Mia"},
        phone_numbers=(ElevenLabsNumber(phone_number_id="phnum_1", phone_number=AGENT_NUMBER, agent_id=AGENT),),
    )
    with Simulator(account, at_sinch(live_url), pace=Pace.quick()) as running:
        elevenlabs_office.make_account(user, base_url=running.url)
        agent = elevenlabs_office.make_agent(user, AGENT)
        elevenlabs_office.make_ai_number(user, agent, elevenlabs_phone_number_id="phnum_1")
        sinch_office.make_account(user, base_url=running.url)
        yield running


def give_line(carrier: str, live_url: str, user: User, simulator: Simulator) -> None:
    """The person's own number, at which the caller arrives."""
    if carrier == "twilio":
        twilio_office.make_account(user, base_url=simulator.url, is_active=False)
        twilio_office.make_number(user, phone_number=LINE)
        simulator.add_account(at_twilio(live_url, LINE))
    else:
        sinch_office.make_number(user, phone_number=LINE)
        simulator.add_account(at_sinch(live_url, LINE))


def call_in(simulator: Simulator, says: str = PLEASE, **more: Any) -> list[dict[str, Any]]:
    """By telephone, over Sinch; what the simulator did, once nothing goes on any more."""
    simulator.call_in("sinch", from_number=CALLER, to=AGENT_NUMBER, says=says, **more)
    calls: list[dict[str, Any]] = simulator.settle()["calls"]
    return calls


def offers() -> list[tuple[str, str]]:
    return [(offer.user_id, offer.state) for offer in TransferOffer.objects.order_by("pk")]


def agents_call() -> Call:
    return Call.objects.get(transferred_from=None)


def last_words(call: Call, count: int) -> list[str]:
    return [turn["message"] for turn in (call.ai_transcript or []) if turn["message"]][-count:]


@pytest.mark.parametrize("carrier", ["sinch", "twilio"])
def test_who_asks_for_a_person_speaks_to_one(carrier: str, live_url: str, user: User, simulator: Simulator) -> None:
    give_line(carrier, live_url, user, simulator)
    make_present(user)
    # The agent's call is known by its conversation only once that is over.
    happened = call_in(simulator)

    assert offers() == [(user.pk, "connected")]
    assert Transfer.objects.get().state == "connected"
    assert TransferOffer.objects.get().ended_at is not None
    call, leg = agents_call(), Call.objects.get(provider_phone_number=LINE)
    assert (leg.transferred_from_id, leg.user_id, leg.status) == (call.pk, user.pk, "completed")
    assert (call.end_reason, call.from_number) == ("transferred", CALLER)
    assert call.provider_metadata["transferredTo"] == leg.pk
    if carrier == "twilio":
        ((told,),) = [each["told"] for each in happened if each["to"] == f"client:{user.pk}"]
        assert told.startswith("Handed over")
    assert last_words(call, 2) == [PLEASE, "One moment please, I am putting you through."]
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    shown = requests.get(f"{live_url}/api/calls/history", headers=headers, timeout=PATIENCE).json()
    assert [each["_id"] for each in shown["calls"]] == [call.pk]


@pytest.fixture
def sinch(live_url: str, user: User) -> Iterator[Simulator]:
    """A carrier whose calls go on, and the line of a person who is there and awaits a caller."""
    with Simulator(at_sinch(live_url, LINE), pace=Pace(ringing=0.01, talking=3_600)) as running:
        elevenlabs_office.make_account(user)
        sinch_office.make_account(user, base_url=running.url)
        sinch_office.make_number(user, phone_number=LINE)
        make_present(user)
        told = {"conversation_id": "conv_1", "reason": "Wants another address.", "summary": "They have moved."}
        wanted = elevenlabs_office.ask(told | {"caller_id": CALLER}, path="/api/webhook/elevenlabs/tools/transfer")
        assert wanted.body["transfer_number"] == LINE
        yield running


def arrived(sinch: Simulator, caller: str = CALLER) -> dict[str, Any]:
    """The caller's call at the line, once a browser has taken it there."""
    call_id = sinch.call_in("sinch", from_number=caller, to=LINE)
    wait_until(lambda: happened_to(sinch, call_id)["wasAnswered"])
    return happened_to(sinch, call_id)


def happened_to(sinch: Simulator, call_id: str) -> dict[str, Any]:
    call: dict[str, Any] = next(each for each in sinch.happened()["calls"] if each["id"] == call_id)
    return call


def test_at_sinch_who_answers_is_told_of_what_once_and_nobody_else(user: User, sinch: Simulator) -> None:
    call_id = arrived(sinch)["id"]
    leg = Call.objects.get(provider_call_id=call_id)
    for _ in range(2):
        assert logged_in(user).post("/api/calls/sdk/answer", {"callId": leg.pk}).status == 200
    assert happened_to(sinch, call_id)["told"] == ["Handed over. Wants another address. They have moved."]


def test_who_answers_another_call_is_told_nothing(user: User, sinch: Simulator) -> None:
    call_id = arrived(sinch, "+14165550188")["id"]
    leg = Call.objects.get(provider_call_id=call_id)
    assert logged_in(user).post("/api/calls/sdk/answer", {"callId": leg.pk}).status == 200
    assert happened_to(sinch, call_id)["told"] == []


def test_a_carrier_that_tells_nobody_keeps_nobody_from_talking(user: User, sinch: Simulator) -> None:
    call_id = arrived(sinch)["id"]
    leg = Call.objects.get(provider_call_id=call_id)
    sinch.fail("sinch", status=500)
    answer = logged_in(user).post("/api/calls/sdk/answer", {"callId": leg.pk})
    assert (answer.status, answer.body["call"]["status"]) == (200, "in-progress")
    assert Transfer.objects.get().state == "connected"
    assert happened_to(sinch, call_id)["told"] == []


def test_credentials_that_no_key_opens_keep_nobody_from_talking(user: User, sinch: Simulator, settings: Any) -> None:
    leg = Call.objects.get(provider_call_id=arrived(sinch)["id"])
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    answer = logged_in(user).post("/api/calls/sdk/answer", {"callId": leg.pk})
    assert (answer.status, answer.body["call"]["status"]) == (200, "in-progress")


def test_where_one_declines_at_twilio_the_next_one_is_rung(live_url: str, user: User, simulator: Simulator) -> None:
    give_line("twilio", live_url, user, simulator)
    colleague = make_user(organization=user.organization)
    make_present(user, colleague)
    call_in(simulator, people=["busy", "completed"])

    assert [state for _, state in offers()] == ["timed_out", "connected"]
    assert {who for who, _ in offers()} == {user.pk, colleague.pk}
    assert Call.objects.get(provider_phone_number=LINE).user_id == offers()[1][0]


@pytest.mark.parametrize("carrier", ["sinch", "twilio"])
def test_a_person_who_does_not_answer_leaves_the_caller_alone(
    carrier: str, live_url: str, user: User, simulator: Simulator
) -> None:
    give_line(carrier, live_url, user, simulator)
    make_present(user)
    call_in(simulator, people=["no-answer"])

    assert "connected" not in (offers()[0][1], Transfer.objects.get().state)
    assert Call.objects.get(provider_phone_number=LINE).status == "no-answer"


def test_where_nobody_is_there_a_call_back_is_offered_and_planned(user: User, simulator: Simulator) -> None:
    sinch_office.make_number(user, phone_number=LINE)
    call_in(simulator)

    (planned,) = ScheduledCall.objects.all()
    assert (planned.source, planned.phone_number) == ("agent", CALLER)
    words = last_words(agents_call(), 4)
    assert words[:2] == [PLEASE, "Nobody is available at the moment. May somebody call you back tomorrow at ten?"]
    assert words[3].startswith("They are called back on ")
    assert offers() == []


def test_who_wants_no_more_calls_is_on_the_list(user: User, simulator: Simulator) -> None:
    call_in(simulator, says="Please don't call me again.")

    assert DoNotCallNumber.objects.get().phone_number == CALLER
    assert last_words(agents_call(), 2)[0] == "Please don't call me again."
