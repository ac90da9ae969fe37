"""Several organizations with one carrier account: a delivery is of the one that owns the call, browser or number."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, Delivery, PhoneNumber
from contacts.models import Contact
from tests.calls.webhooks import elevenlabs_office, sinch_office, twilio_office
from tests.calls.webhooks.twilio_office import CALL_SID, CALLER, OUR_NUMBER, request
from tests.factories import make_prompt
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

ITS_NUMBER = "+14165550600"


@pytest.fixture
def both(user: User, other_user: User) -> None:
    """One account with the carrier, entered by two organizations; the second one's row is the younger."""
    twilio_office.make_account(user)
    twilio_office.make_account(other_user)


def number_of(user: User, phone_number: str, provider: str = "twilio", **fields: Any) -> PhoneNumber:
    assert user.organization is not None
    return PhoneNumber.objects.create(
        organization=user.organization, user=user, provider=provider, phone_number=phone_number, **fields
    )


def test_a_call_that_comes_in_is_of_whoever_has_the_number(both: None, user: User, other_user: User) -> None:
    number_of(user, OUR_NUMBER)
    number_of(other_user, ITS_NUMBER)

    answer = twilio_office.deliver("inbound", request("voice_inbound", To=ITS_NUMBER, Called=ITS_NUMBER))

    assert answer.status == 200
    call = Call.objects.get()
    assert (call.organization_id, call.user_id) == (other_user.organization_id, other_user.pk)
    assert set(Contact.objects.values_list("organization_id", flat=True)) == {other_user.organization_id}


def test_a_browsers_call_is_of_its_users_organization(both: None, other_user: User) -> None:
    answer = twilio_office.deliver("outbound", request("voice_browser", From=f"client:{other_user.pk}", callId=""))

    assert answer.status == 200
    call = Call.objects.get()
    assert (call.organization_id, call.user_id) == (other_user.organization_id, other_user.pk)


def test_what_is_reported_of_a_known_call_is_of_its_organization(both: None, other_user: User) -> None:
    call = twilio_office.make_dialled(other_user, provider_call_id=CALL_SID)

    twilio_office.deliver("status", request("status_dialled_answered"))

    call.refresh_from_db()
    assert call.status == "in-progress"
    assert Delivery.objects.get().organization_id == other_user.organization_id


@pytest.mark.parametrize(("action", "fixture"), [("status", "status_dialled_answered"), ("amd", "amd")])
def test_our_own_id_of_a_call_tells_whose_it_is(action: str, fixture: str, both: None, other_user: User) -> None:
    call = twilio_office.make_dialled(other_user)

    assert twilio_office.deliver(action, request(fixture), query=f"?callId={call.pk}").status == 200

    delivery = Delivery.objects.get()
    assert (delivery.organization_id, delivery.call_id) == (other_user.organization_id, call.pk)


def test_a_recording_is_of_whoever_has_the_call(both: None, other_user: User) -> None:
    call = twilio_office.make_dialled(other_user, provider_call_id=CALL_SID)

    assert twilio_office.deliver("recording", request("recording_absent")).status == 200

    delivery = Delivery.objects.get()
    assert (delivery.organization_id, delivery.call_id) == (other_user.organization_id, call.pk)


@pytest.mark.parametrize("query", ["", "?callId=0123456789abcdef01234567"])
def test_what_is_of_nobody_known_is_ambiguous_and_changes_nothing(query: str, both: None) -> None:
    answer = twilio_office.deliver("inbound", request("voice_inbound", To=ITS_NUMBER, Called=ITS_NUMBER), query=query)

    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    delivery = Delivery.objects.get()
    assert (delivery.verdict, delivery.state, delivery.organization_id) == ("ambiguous", "refused", None)
    assert not Call.objects.exists()
    assert not Contact.objects.exists()


def test_one_organization_alone_needs_no_number(user: User, other_user: User) -> None:
    """Another one with the same account and another token is not the sender."""
    twilio_office.make_account(user)
    twilio_office.make_account(other_user, secrets={"auth_token": "another"})

    assert twilio_office.deliver("inbound", request("voice_inbound", To=ITS_NUMBER, Called=ITS_NUMBER)).status == 200
    assert Call.objects.get().organization_id == user.organization_id


def test_the_same_holds_at_sinch(user: User, other_user: User) -> None:
    sinch_office.make_account(user)
    sinch_office.make_account(other_user)
    number_of(other_user, ITS_NUMBER, provider="sinch")

    event = sinch_office.callback("ice_inbound", to={"type": "did", "endpoint": ITS_NUMBER})
    answer = sinch_office.deliver(event)

    assert answer.status == 200
    assert Call.objects.get().organization_id == other_user.organization_id


def test_an_agents_conversation_is_of_whoever_has_its_number_before_its_id(user: User, other_user: User) -> None:
    """Of one ElevenLabs workspace: an id is entered by anyone, a number is one organization's."""
    for each in (user, other_user):
        elevenlabs_office.make_account(each)
        assert each.organization is not None
        make_prompt(each.organization, name="Mia", elevenlabs_agent_id=elevenlabs_office.AGENT)
    elevenlabs_office.make_ai_number(other_user)

    answer = elevenlabs_office.deliver(elevenlabs_office.inbound_transcription("conv_of_the_second"))

    assert answer.status == 200
    assert Call.objects.get().organization_id == other_user.organization_id


def test_an_agents_conversation_without_a_number_of_theirs_is_ambiguous(user: User, other_user: User) -> None:
    for each in (user, other_user):
        elevenlabs_office.make_account(each)
        assert each.organization is not None
        make_prompt(each.organization, name="Mia", elevenlabs_agent_id=elevenlabs_office.AGENT)

    answer = elevenlabs_office.deliver(elevenlabs_office.inbound_transcription("conv_of_whom"))

    assert answer.status == 401
    assert Delivery.objects.get().verdict == "ambiguous"
    assert not Call.objects.exists()


def test_the_callers_number_is_nobodys_number(both: None, user: User) -> None:
    number_of(user, OUR_NUMBER)

    twilio_office.deliver("inbound", request("voice_inbound", From=CALLER, To=ITS_NUMBER, Called=ITS_NUMBER))

    assert Delivery.objects.get().verdict == "ambiguous"
