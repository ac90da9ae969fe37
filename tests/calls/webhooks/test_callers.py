"""Who calls: hidden callers and short numbers are no person's, and a call over WhatsApp is one like any other."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call
from contacts.models import Contact
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.twilio_office import CALLER, OUR_NUMBER, request
from tests.factories import make_contact
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

PLACEHOLDERS = ("+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253")


@pytest.mark.parametrize("number", PLACEHOLDERS)
def test_a_hidden_caller_of_a_conversation_is_nobodys_contact(number: str, user: User) -> None:
    elevenlabs_office.make_account(user)
    elevenlabs_office.make_ai_number(user)
    told = elevenlabs_office.inbound_transcription("conv_hidden")
    told["data"]["metadata"]["phone_call"]["external_number"] = number

    assert elevenlabs_office.deliver(told).status == 200

    call = Call.objects.get()
    assert (call.from_number, call.contact_id, call.conversation_id) == ("", None, None)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("number", [*PLACEHOLDERS, "anonymous", "", None])
def test_an_agent_is_given_every_variable_of_a_hidden_caller_empty(number: str | None, user: User) -> None:
    elevenlabs_office.make_account(user)
    assert user.organization is not None
    make_contact(user.organization, phone_number="+266696687", first_name="Real", last_name="Person")

    answer = elevenlabs_office.ask({"caller_id": number, "called_number": OUR_NUMBER, "agent_id": "a"})

    variables = {"caller_name": "", "caller_number": "", "org_name": user.organization.name}
    assert answer.body == {
        **variables,
        "type": "conversation_initiation_client_data",
        "dynamic_variables": variables,
    }


def test_an_agent_is_given_every_variable_of_an_unknown_caller(user: User) -> None:
    elevenlabs_office.make_account(user)
    assert user.organization is not None

    answer = elevenlabs_office.ask({"caller_id": CALLER, "called_number": OUR_NUMBER, "agent_id": "a"})

    variables = {"caller_name": "", "caller_number": CALLER, "org_name": user.organization.name}
    assert answer.body["dynamic_variables"] == variables


@pytest.mark.parametrize(("cli", "kept"), [("1234567", "1234567"), ("0046701234567", "+46701234567")])
def test_a_short_number_is_kept_and_makes_no_contact(cli: str, kept: str, user: User) -> None:
    sinch_office.make_account(user)
    sinch_office.make_number(user)

    sinch_office.deliver(sinch_office.callback("ice_inbound", cli=cli))

    call = Call.objects.get()
    assert call.from_number == kept
    assert (call.contact_id is None) is (not kept.startswith("+"))


def test_a_call_over_whatsapp_reaches_the_numbers_user(user: User) -> None:
    twilio_office.make_account(user)
    twilio_office.make_number(user)
    numbers = {"From": f"whatsapp:{CALLER}", "To": f"whatsapp:{OUR_NUMBER}"}

    answer = twilio_office.deliver("inbound", request("voice_inbound", **numbers))

    assert b"<Dial" in answer.content
    call = Call.objects.get()
    assert (call.from_number, call.to_number, call.status) == (CALLER, OUR_NUMBER, "ringing")
    assert call.provider_metadata["channel"] == "whatsapp"


def test_a_conversation_over_whatsapp_has_its_number_and_direction(user: User) -> None:
    elevenlabs_office.make_account(user)
    agent = elevenlabs_office.make_agent(user, elevenlabs_office.AGENT)
    told: dict[str, Any] = elevenlabs_office.inbound_transcription("conv_whatsapp", agent_id=agent.elevenlabs_agent_id)
    metadata = told["data"]["metadata"]
    del metadata["phone_call"]
    metadata["whatsapp"] = {"direction": "inbound", "whatsapp_user_id": CALLER.removeprefix("+")}

    assert elevenlabs_office.deliver(told).status == 200

    call = Call.objects.get()
    assert (call.direction, call.from_number, call.provider_metadata["channel"]) == ("inbound", CALLER, "whatsapp")
    assert call.contact is not None
