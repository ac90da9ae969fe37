"""Who calls: hidden callers and short numbers are no person's, and a call over WhatsApp is one like any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from calls.models import Call
from contacts.models import Contact
from tests.calls.api.browsing import INBOUND, call_in
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.twilio_office import CALLER, OUR_NUMBER, request
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import make_contact, make_user
from tests.statements import statements_made
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

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
        "dynamic_variables": {**variables, "last_summary": "", "open_reminders": 0, "transfer_number": ""},
    }


def test_an_agent_is_given_every_variable_of_an_unknown_caller(user: User) -> None:
    elevenlabs_office.make_account(user)
    assert user.organization is not None

    answer = elevenlabs_office.ask({"caller_id": CALLER, "called_number": OUR_NUMBER, "agent_id": "a"})

    variables = {"caller_name": "", "caller_number": CALLER, "org_name": user.organization.name}
    empty = {"last_summary": "", "open_reminders": 0, "transfer_number": ""}
    assert answer.body["dynamic_variables"] == {**variables, **empty}


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


# ---- Of a hidden caller: the browser is rung, and the carrier tells -------------------------------------------------


def told_by_twilio() -> Answer:
    return twilio_office.deliver("inbound", request("voice_anonymous"))


def told_by_sinch() -> Answer:
    return sinch_office.deliver(sinch_office.callback("ice_inbound", cli="anonymous"))


CARRIERS: list[tuple[Any, Callable[[], Answer]]] = [(twilio_office, told_by_twilio), (sinch_office, told_by_sinch)]


@pytest.mark.parametrize(("office", "tell"), CARRIERS)
@pytest.mark.parametrize("is_browser_first", [True, False])
@pytest.mark.parametrize("told", ["anonymous", "Restricted", "+266696687"])
def test_a_hidden_caller_is_one_call_whoever_tells_first(
    told: str, is_browser_first: bool, office: Any, tell: Callable[[], Answer], user: User, api: ApiClient
) -> None:
    office.make_account(user)
    office.make_number(user)

    def ring() -> str:
        call_id: str = call_in(api.post(INBOUND, {"callerNumber": told}))["_id"]
        return call_id

    if is_browser_first:
        rung = ring()
        assert tell().status == 200
    else:
        assert tell().status == 200
        rung = ring()

    call = Call.objects.get()
    assert (call.pk, call.user_id, call.status) == (rung, user.pk, "ringing")
    assert call.provider_call_id
    assert (call.contact_id, call.conversation_id) == (None, None)
    assert [event.name for event in EventLog.objects.all()] == ["call_initiated"]


@pytest.mark.parametrize(("office", "tell"), CARRIERS)
def test_of_two_hidden_callers_in_the_browser_none_is_guessed(
    office: Any, tell: Callable[[], Answer], user: User, api: ApiClient
) -> None:
    office.make_account(user)
    office.make_number(user)
    rung = [call_in(api.post(INBOUND, {"callerNumber": "anonymous"}))["_id"] for _ in range(2)]

    tell()

    assert Call.objects.count() == 3
    assert {call.provider_call_id for call in Call.objects.filter(pk__in=rung)} == {None}


@pytest.mark.parametrize(("office", "tell"), CARRIERS)
def test_a_colleagues_and_another_organizations_browser_is_rung_by_another_hidden_caller(
    office: Any, tell: Callable[[], Answer], user: User, other_user: User
) -> None:
    office.make_account(user)
    office.make_number(user)
    for each in (make_user(organization=user.organization), other_user):
        call_in(logged_in(each).post(INBOUND, {"callerNumber": "anonymous"}))
    before = Call.objects.count()

    tell()

    assert Call.objects.count() == before + 1
    assert Call.objects.exclude(provider_call_id=None).get().user_id == user.pk


def test_a_browser_that_was_rung_by_a_number_is_not_of_a_hidden_caller(user: User, api: ApiClient) -> None:
    twilio_office.make_account(user)
    twilio_office.make_number(user)
    call_in(api.post(INBOUND, {"callerNumber": CALLER}))

    told_by_twilio()

    assert Call.objects.count() == 2


def test_a_hidden_callers_webhook_costs_no_more_than_another(user: User) -> None:
    twilio_office.make_account(user)
    twilio_office.make_number(user)
    twilio_office.deliver("inbound", request("voice_inbound"))
    counts = []
    for fields in ({"CallSid": "CA1"}, {"CallSid": "CA2", "From": "anonymous"}):
        with statements_made() as made:
            twilio_office.deliver("inbound", request("voice_inbound", **fields))
        counts.append(len(made))

    # The caller who is known has a contact and a conversation, which cost two.
    assert counts[1] <= counts[0]
