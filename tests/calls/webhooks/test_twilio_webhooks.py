"""POST /api/webhook/calls/twilio/...: where calls go, and what becomes of them."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from twilio.request_validator import RequestValidator

from calls.models import Call, Delivery, Recording, VoiceAccount
from contacts.models import Contact
from tests.calls.event_log import events_of
from tests.calls.webhooks.twilio_office import (
    ACCOUNT_SID,
    CALL_SID,
    CALLER,
    CUSTOMER,
    OUR_NUMBER,
    TOKEN,
    WEBHOOKS,
    deliver,
    make_account,
    make_dialled,
    make_number,
    request,
)
from tests.clients import Answer, ApiClient
from tests.factories import make_prompt
from tests.servers_gone import closed_port
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(user: User) -> VoiceAccount:
    return make_account(user)


def verb(answer: Answer) -> Element:
    """The one verb of the answer."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml"), answer
    (found,) = fromstring(answer.content)  # noqa: S314  # our own answer
    return found


def test_a_call_that_comes_in_rings_the_numbers_user(user: User) -> None:
    make_number(user)

    dial = verb(deliver("inbound", request("voice_inbound")))

    call = Call.objects.get()
    client = dial.find("Client")
    assert client is not None
    assert client.findtext("Identity") == user.pk
    parameter = client.find("Parameter")
    assert parameter is not None
    assert parameter.attrib == {"name": "callId", "value": call.pk}
    assert client.attrib["statusCallback"] == f"http://testserver{WEBHOOKS}/status?callId={call.pk}"
    assert dial.attrib["recordingStatusCallback"] == f"http://testserver{WEBHOOKS}/recording?callId={call.pk}"
    assert (call.direction, call.status, call.provider_call_id) == ("inbound", "ringing", CALL_SID)
    assert (call.user_id, call.from_number, call.to_number) == (user.pk, CALLER, OUR_NUMBER)
    contact = Contact.objects.get(pk=call.contact_id)
    assert (contact.phone_number, contact.first_name) == (CALLER, "WHITFIELD")
    assert events_of(call) == {"call_initiated": 1}


def test_a_call_that_comes_in_twice_is_one_call(user: User) -> None:
    make_number(user)

    first, second = (deliver("inbound", request("voice_inbound")) for _ in range(2))

    assert first.content == second.content
    assert events_of(Call.objects.get()) == {"call_initiated": 1}


def test_a_caller_who_shows_no_number_is_nobodys_contact(user: User) -> None:
    make_number(user)

    deliver("inbound", request("voice_anonymous"))

    call = Call.objects.get()
    assert (call.from_number, call.contact_id, call.status) == ("", None, "ringing")


def test_a_call_to_a_number_that_an_agent_answers_goes_there(user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, elevenlabs_agent_id="agent_1")
    make_number(user, ai_enabled=True, ai_agent=agent, elevenlabs_phone_number_id="phnum_1")

    dial = verb(deliver("inbound", request("voice_inbound")))

    call = Call.objects.get()
    assert dial.findtext("Sip") == f"sip:{OUR_NUMBER}@sip.rtc.elevenlabs.io;transport=tls?X-CALL-ID={call.pk}"
    assert "recordingStatusCallback" not in dial.attrib
    assert call.ai_agent_id == agent.pk


def test_a_call_that_nobody_can_take_is_rejected_and_missed() -> None:
    assert verb(deliver("inbound", request("voice_inbound"))).tag == "Reject"
    assert Call.objects.get().status == "no-answer"


def test_without_recording_there_is_none(user: User, settings: Any) -> None:
    settings.TETHER_RECORD_BROWSER_CALLS = False
    make_number(user)

    assert "recordingStatusCallback" not in verb(deliver("inbound", request("voice_inbound"))).attrib


def test_a_browsers_call_goes_to_the_telephone_with_the_users_number(user: User) -> None:
    make_number(user)
    call = make_dialled(user)

    told = request("voice_browser", From=f"client:{user.pk}", callId=call.pk)
    dial = verb(deliver("outbound", told))

    assert dial.attrib["callerId"] == OUR_NUMBER
    assert dial.findtext("Number") == CUSTOMER
    call.refresh_from_db()
    assert call.provider_call_id == CALL_SID
    assert Call.objects.count() == 1


def test_a_browsers_call_that_nobody_recorded_is_recorded(user: User) -> None:
    make_number(user)

    deliver("outbound", {**request("voice_browser", From=f"client:{user.pk}"), "callId": ""})

    call = Call.objects.get()
    assert (call.direction, call.user_id, call.from_number, call.to_number) == (
        "outbound",
        user.pk,
        OUR_NUMBER,
        CUSTOMER,
    )


@pytest.mark.parametrize("to", ["911", "client:somebody", "sip:a@example.com", "", "+10000000000"])
def test_whoever_cannot_be_dialled_is_not(to: str, user: User) -> None:
    told = request("voice_browser", From=f"client:{user.pk}", To=to)
    del told["callId"]

    assert verb(deliver("outbound", told)).tag == "Hangup"
    assert Call.objects.get().status == "failed"


def test_a_user_of_another_organization_calls_nobody(other_user: User) -> None:
    told = request("voice_browser", From=f"client:{other_user.pk}")
    del told["callId"]

    assert verb(deliver("outbound", told)).tag == "Hangup"


def test_another_organizations_call_is_like_one_that_was_discarded(user: User, other_user: User) -> None:
    theirs = make_dialled(other_user)

    told = request("voice_browser", From=f"client:{user.pk}", callId=theirs.pk)

    assert verb(deliver("outbound", told)).tag == "Hangup"
    assert not Call.objects.of_organization(user.home_id).exists()


def test_a_call_is_followed_to_its_end(user: User) -> None:
    call = make_dialled(user, provider_call_id=CALL_SID)

    answers = [
        deliver("status", request("status_dialled_ringing")),
        deliver("status", request("status_dialled_answered")),
        deliver("status", request("status_dialled_completed")),
        deliver("status", request("status_browser_completed")),
    ]

    assert {(answer.status, answer.content) for answer in answers} == {(200, b"OK")}
    call.refresh_from_db()
    assert (call.status, call.duration) == ("completed", 63)
    assert events_of(call) == {"call_answered": 1, "call_ended": 1}


def test_the_first_legs_end_ends_a_call_that_was_answered(user: User) -> None:
    call = make_dialled(user, provider_call_id=CALL_SID)
    deliver("status", request("status_dialled_answered"))

    deliver("status", request("status_browser_completed"))

    call.refresh_from_db()
    assert call.status == "completed"


def test_the_first_legs_end_says_nothing_of_a_call_that_was_not(user: User) -> None:
    call = make_dialled(user, provider_call_id=CALL_SID)

    deliver("status", request("status_browser_completed"))
    deliver("status", request("status_dialled_no_answer"))

    call.refresh_from_db()
    assert call.status == "no-answer"


def test_who_answered_is_noted_of_the_call_that_the_address_names(user: User) -> None:
    call = make_dialled(user, provider_call_id=CALL_SID)

    deliver("amd", request("amd"), query=f"?callId={call.pk}")

    call.refresh_from_db()
    assert call.provider_metadata["answeredBy"] == "machine"
    assert Delivery.objects.get().state == "processed"


def test_the_address_names_no_other_organizations_call(other_user: User) -> None:
    call = make_dialled(other_user, provider_call_id="CA99")

    deliver("amd", request("amd"), query=f"?callId={call.pk}")

    call.refresh_from_db()
    assert call.provider_metadata == {}


@pytest.mark.parametrize("name", ["status_dialled_completed", "status_browser_completed"])
def test_news_of_a_call_that_nobody_knows_is_kept_and_changes_nothing(name: str) -> None:
    assert deliver("status", request(name)).content == b"OK"
    assert Delivery.objects.get().state == "ignored"
    assert not Call.objects.exists()


def test_a_word_that_no_database_takes_is_kept_without_its_nul() -> None:
    deliver("status", request("status_dialled_completed", CallStatus="new\0s"))

    assert Delivery.objects.get().kind == "status news"


def test_a_recording_that_failed_is_no_recording(user: User) -> None:
    make_dialled(user, provider_call_id=CALL_SID)

    assert deliver("recording", request("recording_absent")).content == b"OK"
    assert not Recording.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/2010-04-01/Accounts/AC/Recordings/RE1",
        "https://api.twilio.com.example.com/2010-04-01/Accounts/AC/Recordings/RE1",
        "https://api.twilio.com@example.com/Recordings/RE1",
        "https://api.twilio.com/2010-04-01/Accounts/AC/Calls/CA1",
    ],
)
def test_a_recording_elsewhere_is_not_fetched(url: str, user: User) -> None:
    make_dialled(user, provider_call_id=CALL_SID)

    answer = deliver("recording", request("recording", RecordingUrl=url))

    assert (answer.status, answer.body["code"]) == (400, "RECORDING_UNREACHABLE")
    assert Delivery.objects.get().state == "invalid"


def test_a_recording_that_cannot_be_had_at_the_moment_is_no_fault_of_the_request(
    user: User, account: VoiceAccount
) -> None:
    account.base_url = f"http://127.0.0.1:{closed_port()}"
    account.save()
    make_dialled(user, provider_call_id=CALL_SID)

    url = f"{account.base_url}/2010-04-01/Accounts/AC/Recordings/RE1"
    answer = deliver("recording", request("recording", RecordingUrl=url))

    assert (answer.status, answer.body["code"]) == (500, "PROVIDER_ERROR")
    assert Delivery.objects.get().state == "failed"


def test_a_form_without_its_call_is_kept_and_refused() -> None:
    answer = deliver("status", {"AccountSid": ACCOUNT_SID, "CallStatus": "completed"})

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert Delivery.objects.get().state == "invalid"


def assert_refused(answer: Answer, verdict: str) -> None:
    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    assert not Call.objects.exists()
    assert (Delivery.objects.get().state, Delivery.objects.get().verdict) == ("refused", verdict)


def test_a_signature_with_another_token_is_refused() -> None:
    assert_refused(deliver("inbound", request("voice_inbound"), token="guessed"), "wrong")


def test_no_signature_is_refused() -> None:
    assert_refused(deliver("inbound", request("voice_inbound"), signature=""), "missing")


def test_what_is_no_signature_is_refused() -> None:
    assert_refused(deliver("inbound", request("voice_inbound"), signature="nonsense"), "malformed")


def test_an_account_that_nobody_has_is_refused() -> None:
    assert_refused(deliver("inbound", request("voice_inbound", AccountSid="AC1")), "not_configured")


def test_a_signature_of_another_organization_is_refused(other_user: User) -> None:
    make_account(other_user, account_id="AC9", secrets={"auth_token": "of the other"})

    assert_refused(deliver("inbound", request("voice_inbound"), token="of the other"), "wrong")


def test_a_field_that_differs_is_refused() -> None:
    made = RequestValidator(TOKEN).compute_signature(f"http://testserver{WEBHOOKS}/inbound", request("voice_inbound"))

    assert_refused(deliver("inbound", request("voice_inbound", From="+14165550172"), signature=made), "wrong")


def test_a_signature_for_another_address_is_refused() -> None:
    assert_refused(deliver("inbound", request("voice_inbound"), base_url="https://calls.example"), "wrong")


def test_behind_a_proxy_the_public_address_is_what_was_signed(settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://calls.example"

    assert deliver("inbound", request("voice_inbound"), base_url="https://calls.example").status == 200


def test_without_a_configured_token_nothing_is_believed(account: VoiceAccount) -> None:
    account.secrets = {}
    account.save()

    assert_refused(deliver("inbound", request("voice_inbound"), token=""), "not_configured")


def test_the_signature_of_twilios_own_package_is_believed(user: User) -> None:
    make_number(user)
    made = RequestValidator(TOKEN).compute_signature(f"http://testserver{WEBHOOKS}/inbound", request("voice_inbound"))

    assert deliver("inbound", request("voice_inbound"), signature=made).status == 200


def test_json_instead_of_a_form_is_refused() -> None:
    answer = ApiClient().post(f"{WEBHOOKS}/inbound", {"AccountSid": ACCOUNT_SID})

    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
