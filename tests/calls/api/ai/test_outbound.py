"""POST /api/calls/ai/outbound: who calls whom, from where, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from calls.demo.simulator import Simulator
from calls.models import Call, CallStatus
from calls.services.lifecycle.call_context import remembered_call_id
from contacts.models import Contact
from tests.calls.api.ai.outbound import (
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
from tests.clients import ApiClient
from tests.factories import make_contact, make_prompt
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_contact_is_called(api: ApiClient, office: Office, simulator: Simulator) -> None:
    answer = outbound(api, contactId=office.contact.pk, callReason="Follow up on insurance quote")

    assert answer.status == 200, answer
    call = Call.objects.get()
    at_provider = conversation(simulator, answer.body["conversationId"])
    assert answer.body == {
        "success": True,
        "conversationId": call.provider_call_id,
        "sipCallId": call.provider_metadata["sipCallId"],
        "message": "AI call initiated",
        "deduplicated": False,
    }
    assert (call.provider, call.direction, call.status) == ("elevenlabs", "outbound", CallStatus.INITIATED)
    assert (call.from_number, call.to_number, call.provider_phone_number) == (OUR_NUMBER, customer(0), OUR_NUMBER)
    assert (call.organization_id, call.user_id) == (office.user.organization_id, office.user.pk)
    assert (call.contact_id, call.ai_agent_id, call.agent_name) == (office.contact.pk, office.agent.pk, "Mia")
    assert call.conversation is not None
    assert call.conversation.channel_identifier == OUR_NUMBER
    assert call.metadata == {"callReason": "Follow up on insurance quote"}
    assert events_of(call) == {"call_initiated": 1}
    assert dials(simulator) == 1
    assert at_provider["user_id"] == call.pk
    phone_call = at_provider["metadata"]["phone_call"]
    assert (phone_call["agent_number"], phone_call["external_number"]) == (OUR_NUMBER, customer(0))
    variables = at_provider["conversation_initiation_client_data"]["dynamic_variables"]
    assert variables["call_reason"] == "Follow up on insurance quote"
    assert variables["contact_name"] == "Dana Example"
    assert variables["tether_call_id"] == call.pk


@pytest.mark.parametrize("number", [customer(1), customer(1).removeprefix("+"), f" {customer(1)} "])
def test_a_number_of_nobody_becomes_a_contact(
    api: ApiClient, office: Office, simulator: Simulator, number: str
) -> None:
    answer = outbound(api, phoneNumber=number)

    assert answer.status == 200, answer
    contact = Contact.objects.get(phone_number=customer(1))
    assert (contact.first_name, contact.last_name, contact.source) == ("New", "Contact", "Outgoing Call")
    assert (contact.organization_id, contact.user_id) == (office.user.organization_id, office.user.pk)
    assert Call.objects.get().contact_id == contact.pk
    given = conversation(simulator, answer.body["conversationId"])["conversation_initiation_client_data"]
    assert (given["dynamic_variables"]["contact_name"], given["dynamic_variables"]["call_reason"]) == ("", "")


def test_a_number_of_a_contact_finds_the_contact(api: ApiClient, office: Office) -> None:
    assert outbound(api, phoneNumber=customer(0)).status == 200

    assert Contact.objects.count() == 1
    assert Call.objects.get().contact_id == office.contact.pk


def test_the_same_number_in_another_organization_is_not_found(api: ApiClient, office: Office, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=customer(1))

    assert outbound(api, phoneNumber=customer(1)).status == 200

    assert Call.objects.get().contact_id != theirs.pk


def test_of_contact_and_number_the_contact_counts(api: ApiClient, office: Office) -> None:
    assert outbound(api, contactId=office.contact.pk, phoneNumber=customer(3)).status == 200

    assert Call.objects.get().to_number == customer(0)
    assert Contact.objects.count() == 1


def test_the_agent_named_calls_from_the_number_named(api: ApiClient, office: Office, simulator: Simulator) -> None:
    assert office.user.organization is not None
    agent = make_prompt(office.user.organization, elevenlabs_agent_id=ANOTHER_AGENT)
    make_number(office.user, phone_number=ANOTHER_NUMBER, elevenlabs_phone_number_id=ANOTHER_NUMBER_ID)

    answer = outbound(api, contactId=office.contact.pk, agentId=agent.pk, fromNumber=ANOTHER_NUMBER.removeprefix("+"))

    assert (Call.objects.get().ai_agent_id, Call.objects.get().from_number) == (agent.pk, ANOTHER_NUMBER)
    at_provider = conversation(simulator, answer.body["conversationId"])
    assert at_provider["agent_id"] == ANOTHER_AGENT
    assert at_provider["metadata"]["phone_call"]["agent_number"] == ANOTHER_NUMBER


def test_else_the_first_agent_with_a_voice_and_the_first_number_with_ai_are_taken(
    api: ApiClient, office: Office, other_user: User
) -> None:
    assert office.user.organization is not None
    office.agent.delete()
    office.number.delete()
    make_prompt(office.user.organization, voice_enabled=False, elevenlabs_agent_id="silent")
    agents = [make_prompt(office.user.organization, elevenlabs_agent_id=name) for name in (ANOTHER_AGENT, "agent_1")]
    make_number(office.user, phone_number="+12025550102", ai_enabled=False)
    make_number(office.user, phone_number="+12025550103", provider="twilio")
    make_number(other_user, phone_number="+12025550104", elevenlabs_phone_number_id="phnum_3")
    make_number(office.user, phone_number=ANOTHER_NUMBER, elevenlabs_phone_number_id=ANOTHER_NUMBER_ID)
    make_number(office.user)

    assert outbound(api, contactId=office.contact.pk).status == 200

    assert (Call.objects.get().ai_agent_id, Call.objects.get().from_number) == (agents[0].pk, ANOTHER_NUMBER)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_field_says_nothing(api: ApiClient, office: Office, blank: str | None) -> None:
    fields = dict.fromkeys(("phoneNumber", "agentId", "fromNumber", "callReason"), blank)

    assert outbound(api, contactId=office.contact.pk, **fields).status == 200


def test_an_unknown_field_is_ignored(api: ApiClient, office: Office) -> None:
    assert outbound(api, contactId=office.contact.pk, campaign={"id": 7}).status == 200


@pytest.mark.parametrize("digit", [5, 6, 9])
def test_a_call_that_comes_to_nothing_later_is_placed_all_the_same(
    api: ApiClient, office: Office, simulator: Simulator, digit: int
) -> None:
    answer = outbound(api, phoneNumber=customer(digit))

    assert (answer.status, answer.body["deduplicated"]) == (200, False)
    assert Call.objects.get().status == CallStatus.INITIATED


def test_an_answer_without_a_sip_id_leaves_it_out(api: ApiClient, office: Office, simulator: Simulator) -> None:
    body = {"success": True, "message": "Success", "conversation_id": "conv_1", "sip_call_id": None}
    simulator.fail("elevenlabs", "outbound-call", status=200, body=body)

    answer = outbound(api, contactId=office.contact.pk)

    assert (answer.status, answer.body["conversationId"]) == (200, "conv_1")
    assert "sipCallId" not in answer.body
    assert Call.objects.get().provider_metadata == {}


def test_the_context_of_the_call_is_cached_for_its_webhooks(api: ApiClient, office: Office) -> None:
    conversation_id = outbound(api, contactId=office.contact.pk, callReason="Why").body["conversationId"]

    def known(organization_id: str) -> str | None:
        return remembered_call_id(
            organization_id=organization_id, provider="elevenlabs", conversation_id=conversation_id
        )

    with statements_made() as made:
        found = known(office.user.home_id)
    assert made == []
    assert found == Call.objects.get().pk
    assert known("0" * 24) is None


def test_the_cache_holds_two_ids_of_a_call_and_nothing_of_people(api: ApiClient, office: Office) -> None:
    conversation_id = outbound(api, contactId=office.contact.pk, callReason="Why").body["conversationId"]

    assert cache.get(f"call-context:{office.user.home_id}:elevenlabs:{conversation_id}") == {
        "call_id": Call.objects.get().pk,
        "organization_id": office.user.home_id,
    }


# ---- Statements ----------------------------------------------------------------------------------------------------


def statements(api: ApiClient, *, status: int = 200, **fields: Any) -> int:
    with statements_made() as made:
        assert outbound(api, **fields).status == status
    return len(made)


def test_a_call_costs_fifteen_statements(api: ApiClient, office: Office) -> None:
    """User, contact, what agents are told of it, agent, number, permission, account; conversation, call, event.

    And the decision. Then call, recordings, its update; and the deliveries that came before the provider's answer.
    """
    assert statements(api, contactId=office.contact.pk) == 15


def test_a_call_to_somebody_new_costs_two_more(api: ApiClient, office: Office) -> None:
    """Whether there is a contact with the number, and the contact."""
    assert statements(api, phoneNumber=customer(1)) == 17


def test_a_repeated_call_costs_eight(api: ApiClient, office: Office) -> None:
    statements(api, contactId=office.contact.pk)

    assert statements(api, contactId=office.contact.pk) == 8
