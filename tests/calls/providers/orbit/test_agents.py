"""A fourth provider and the agents: it hands calls over to them, and they dial over its trunk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from calls.demo.simulator import ElevenLabsAccount, ElevenLabsNumber, Pace, Simulator
from calls.models import Call, Prompt, VoiceAccount
from calls.services.reconciling.finish_lookup import Outcome
from tests.calls.api.configuring import TOGGLE, superadmin_of
from tests.calls.demo.simulator.worlds import elevenlabs
from tests.calls.providers.orbit.office import CALLER, OUR_NUMBER, VALUES, deliver, event, make_number
from tests.calls.services.reconciling.forgotten import make_forgotten, outcome_of
from tests.calls.webhooks import elevenlabs_office
from tests.calls.webhooks.elevenlabs_office import AGENT, API_KEY
from tests.clients import ApiClient
from tether_calls.accounts.models import User

pytestmark = pytest.mark.usefixtures("registered")

NUMBER_ID = "phnum_1"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """The agents' provider, which calls nobody back."""
    number = ElevenLabsNumber(phone_number_id=NUMBER_ID, phone_number=OUR_NUMBER, agent_id=AGENT)
    account = ElevenLabsAccount(api_key=API_KEY, agents={AGENT: "Mia"}, phone_numbers=(number,))
    with Simulator(account, pace=Pace.quick()) as running:
        yield running


@pytest.fixture
def agents_number(user: User, account: VoiceAccount, simulator: Simulator) -> None:
    """An agent answers the organization's number at Orbit."""
    elevenlabs_office.make_account(user, base_url=simulator.url)
    agent = elevenlabs_office.make_agent(user, AGENT)
    make_number(user, ai_enabled=True, ai_agent=agent, elevenlabs_phone_number_id=NUMBER_ID)


@pytest.mark.usefixtures("agents_number")
@pytest.mark.parametrize("carried", [True, False])
def test_a_conversation_that_it_handed_over_is_its_calls(carried: bool) -> None:
    """By our id, where it was carried along as X-CALL-ID; else by the numbers."""
    answer = deliver(event("route_inbound", sent=None))
    call = Call.objects.get()
    assert answer.body["to"] == f"sip:{OUR_NUMBER}@{settings.ELEVENLABS_SIP_HOST}"

    told = elevenlabs_office.inbound_transcription("conv_1")
    told["data"]["metadata"]["start_time_unix_secs"] = int(call.start_time.timestamp())
    phone_call = told["data"]["metadata"]["phone_call"]
    phone_call |= {"agent_number": OUR_NUMBER, "external_number": CALLER, "call_sid": call.pk if carried else None}
    assert elevenlabs_office.deliver(told).body["callId"] == call.pk

    call = Call.objects.get()
    assert (call.provider, call.provider_call_id, call.ai_conversation_id) == ("orbit", "orb-1", "conv_1")
    assert call.ai_transcript
    assert call.ai_agent is not None


@pytest.mark.usefixtures("agents_number")
def test_a_call_that_it_never_named_is_settled_by_its_conversation(user: User, simulator: Simulator) -> None:
    conversation = simulator.call_in("elevenlabs", from_number=CALLER, to=OUR_NUMBER)
    simulator.settle()
    call = make_forgotten(user, provider="orbit", ai_conversation_id=conversation, status="in-progress")

    assert outcome_of() == [Outcome.SETTLED]

    call.refresh_from_db()
    assert (call.provider, call.status, call.provider_call_id) == ("orbit", "completed", None)
    assert call.ai_transcript


@pytest.mark.usefixtures("agents_number")
def test_a_number_of_it_is_enabled_for_an_agent_that_then_dials_over_its_trunk(
    user: User, api: ApiClient, simulator: Simulator
) -> None:
    boss = superadmin_of(user.organization)
    told = {"phoneNumber": OUR_NUMBER, "aiEnabled": False}
    assert boss.post(TOGGLE, told).status == 200

    answer = boss.post(TOGGLE, {**told, "aiEnabled": True, "aiAgentId": Prompt.objects.get().pk})

    assert (answer.status, answer.body["phoneNumber"]["provider"]) == (200, "orbit")
    [there] = elevenlabs(simulator, "GET", "phone-numbers", key=API_KEY).json()
    assert there["outbound_trunk"]["address"] == VALUES["trunk_address"]

    assert api.post("/api/calls/ai/outbound", {"phoneNumber": "+12025550190"}).status == 200
    call = Call.objects.get()
    assert (call.provider, call.from_number) == ("elevenlabs", OUR_NUMBER)
    simulator.settle()
