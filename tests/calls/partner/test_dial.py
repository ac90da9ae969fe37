"""POST /api/v1/calls: who calls whom, from where, and what is kept and answered."""

from __future__ import annotations

from typing import Any

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus
from contacts.models import Contact
from tests.calls.api.ai.money import balance, booked, completed, set_rate
from tests.calls.api.ai.outbound import (
    AGENT,
    ANOTHER_AGENT,
    ANOTHER_NUMBER,
    ANOTHER_NUMBER_ID,
    OUR_NUMBER,
    Office,
    conversation,
    customer,
    dials,
    make_number,
    outbound,
)
from tests.calls.event_log import events_of
from tests.calls.partner.dialling import assert_placed, body, dial, post, told_to_the_provider
from tests.calls.partner.partners import CALLS, partner_of
from tests.clients import ApiClient
from tests.factories import make_prepaid, make_prompt, make_user
from tests.statements import statements_made
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db


def test_an_agent_calls_somebody(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    answer = dial(partner)

    call = assert_placed(answer)
    assert answer.body == {
        "id": call.pk,
        "call_id": call.pk,
        "status": "queued",
        "type": "outbound",
        "phone_number": customer(0),
        "agent": {"id": office.agent.pk, "name": "Mia", "assistant_id": AGENT},
        "created_at": to_wire(call.created_at),
        "estimated_start": to_wire(call.created_at),
    }
    assert (call.provider, call.direction, call.status) == ("elevenlabs", "outbound", CallStatus.INITIATED)
    assert (call.from_number, call.to_number, call.provider_phone_number) == (OUR_NUMBER, customer(0), OUR_NUMBER)
    assert (call.organization_id, call.user_id) == (office.user.organization_id, office.user.pk)
    assert (call.contact_id, call.ai_agent_id, call.agent_name) == (office.contact.pk, office.agent.pk, "Mia")
    assert call.conversation is not None
    assert call.metadata == {}
    assert events_of(call) == {"call_initiated": 1}
    at_provider = conversation(simulator, call.provider_call_id or "")
    assert (at_provider["user_id"], at_provider["agent_id"]) == (call.pk, AGENT)
    assert dials(simulator) == 1


def test_the_call_can_be_read_with_its_id(partner: ApiClient, office: Office) -> None:
    made = dial(partner).body

    detail = partner.get(f"{CALLS}/{made['id']}").body

    assert (detail["id"], detail["type"], detail["phone_number"]) == (made["id"], "outbound", customer(0))
    assert detail["agent"] == made["agent"]


def test_the_agent_is_named_by_its_own_id_as_well(partner: ApiClient, office: Office) -> None:
    assert assert_placed(dial(partner, agent_id=office.agent.pk)).ai_agent_id == office.agent.pk


def test_an_assistant_id_may_be_a_number(partner: ApiClient, office: Office, simulator: Simulator) -> None:
    office.agent.elevenlabs_agent_id = "4711"
    office.agent.save()
    simulator.fail("elevenlabs", "outbound-call", status=422)

    assert dial(partner, agent_id=4711).body["message"] == "The voice provider refused the call"


def test_an_agents_own_id_goes_before_what_another_one_is_called_at_elevenlabs(
    partner: ApiClient, office: Office
) -> None:
    make_prompt(office.agent.organization, elevenlabs_agent_id=office.agent.pk)

    assert assert_placed(dial(partner, agent_id=office.agent.pk)).ai_agent_id == office.agent.pk


def test_each_agent_calls_from_its_own_number(partner: ApiClient, office: Office) -> None:
    agent = make_prompt(office.agent.organization, elevenlabs_agent_id=ANOTHER_AGENT)
    colleague = make_user(organization=office.agent.organization)
    make_number(colleague, phone_number=ANOTHER_NUMBER, elevenlabs_phone_number_id=ANOTHER_NUMBER_ID, ai_agent=agent)

    assert assert_placed(dial(partner, agent_id=agent.pk)).from_number == ANOTHER_NUMBER
    assert assert_placed(dial(partner)).from_number == OUR_NUMBER


def test_of_an_agents_numbers_one_that_the_provider_knows_is_called_from(partner: ApiClient, office: Office) -> None:
    office.number.elevenlabs_phone_number_id = None
    office.number.save()
    known = {"elevenlabs_phone_number_id": ANOTHER_NUMBER_ID, "ai_agent": office.agent}
    make_number(office.user, phone_number=ANOTHER_NUMBER, **known)

    assert assert_placed(dial(partner)).from_number == ANOTHER_NUMBER
    (agent,) = partner.get("/api/v1/agents").body["agents"]
    assert (agent["phone_number"], agent["can_make_calls"]) == (ANOTHER_NUMBER, True)


@pytest.mark.parametrize(
    "written",
    [
        *("+1 (202) 555-0191", " +12025550191 ", "+1-202-555-0191", "001 202 555 0191", "tel:+1-202-555-0191"),
        *("+1\u00a0202\u2011555\u20110191", "\uff0b\uff11202.555.0191", "+१२०२५५५०१९१"),
    ],
)
def test_a_number_may_be_written_as_people_write_it(partner: ApiClient, office: Office, written: str) -> None:
    answer = dial(partner, phone_number=written)

    assert assert_placed(answer).to_number == answer.body["phone_number"] == customer(1)


def test_a_number_of_nobody_becomes_a_contact_of_the_keys_user(partner: ApiClient, office: Office) -> None:
    call = assert_placed(dial(partner, phone_number=customer(1)))

    contact = Contact.objects.get(phone_number=customer(1))
    assert (call.contact_id, contact.source, contact.user_id) == (contact.pk, "Outgoing Call", office.user.pk)


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_contact_that_is_named_is_the_calls(partner: ApiClient, office: Office, nothing: str) -> None:
    assert assert_placed(dial(partner, contact_id=office.contact.pk)).contact_id == office.contact.pk
    assert post(partner, body(contact_id=nothing)).status == 200


def test_what_is_null_is_not_given(partner: ApiClient, office: Office) -> None:
    assert_placed(post(partner, {**body(), "contact_id": None, "variables": None}))


def test_unknown_fields_are_ignored(partner: ApiClient, office: Office) -> None:
    assert_placed(dial(partner, organization_id="0" * 24, user_id="0" * 24))


def test_the_same_call_again_within_moments_is_the_first_one(
    partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    first, second = dial(partner), dial(partner, agent_id=office.agent.pk, variables={"a": 1})

    assert (first.status, second.status) == (201, 200)
    assert second.body == first.body
    assert (dials(simulator), Call.objects.count()) == (1, 1)


def test_both_apis_know_of_each_others_calls(
    api: ApiClient, partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    assert_placed(dial(partner))

    assert outbound(api, contactId=office.contact.pk).body["deduplicated"] is True
    assert dials(simulator) == 1


def test_a_prepaid_call_is_held_settled_and_told(partner: ApiClient, office: Office) -> None:
    make_prepaid(office.agent.organization, "1")
    set_rate(office, "0.25")
    call = assert_placed(dial(partner))

    def billing() -> Any:
        return partner.get(f"{CALLS}/{call.pk}").body["billing"]

    assert billing() == {
        "status": "held",
        "initial_charge": "0.25",
        "final_charge": "0.00",
        "total_charge": "0.25",
    }
    completed(call, duration=120)
    assert billing() == {
        "status": "settled",
        "initial_charge": "0.25",
        "final_charge": "0.25",
        "total_charge": "0.50",
    }
    assert (balance(), booked()) == ("0.50", [("hold", "-0.25"), ("settle", "-0.25")])


def test_a_call_that_nobody_answers_costs_nothing(partner: ApiClient, office: Office) -> None:
    make_prepaid(office.agent.organization, "1")
    set_rate(office, "0.25")

    assert dial(partner, phone_number=customer(7)).status == 500

    billing = partner.get(f"{CALLS}/{Call.objects.get().pk}").body["billing"]
    assert (billing["status"], billing["total_charge"], balance()) == ("released", "0.00", "1.00")


def test_a_dial_counts_for_the_day_and_what_is_refused_or_repeated_does_not(
    office: Office, simulator: Simulator
) -> None:
    partner = partner_of(office.user, dials_per_day=2)

    answers = [
        dial(partner, agent_id="nobody"),
        dial(partner, phone_number=customer(1)),
        dial(partner, phone_number=customer(1)),
        dial(partner, phone_number=customer(2)),
        dial(partner, phone_number=customer(3)),
    ]

    assert [answer.status for answer in answers] == [404, 201, 200, 201, 429]
    assert answers[-1].body["error"] == "rate_limit_exceeded"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 86_400
    assert dials(simulator) == 2


def test_what_the_agent_is_told_without_variables_is_what_it_always_is(
    partner: ApiClient, office: Office, simulator: Simulator
) -> None:
    given = told_to_the_provider(simulator, assert_placed(dial(partner)))

    ours = {"call_reason": "", "contact_name": "Dana Example", "tether_call_id": Call.objects.get().pk}
    assert {name: given["dynamic_variables"][name] for name in ours} == ours
    assert given["conversation_config_override"] == {}


def statements(partner: ApiClient, **asked: Any) -> int:
    with statements_made() as made:
        assert dial(partner, **asked).status in (200, 201)
    return len(made)


def test_how_many_statements_a_dial_takes(office: Office) -> None:
    """Those of ai/outbound, and the organization, of which the key's own statement reads only the id.

    An Idempotency-Key takes three: its row, the call's id, the answer. A repeat takes the key and two.
    """
    partner = partner_of(office.user)

    assert statements(partner) == 16
    assert statements(partner, phone_number=customer(1)) == 18
    assert statements(partner, phone_number=customer(2), key="a") == 21
    assert statements(partner, phone_number=customer(2), key="a") == 3
