"""POST /api/webhook/calls/sinch: where calls go, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, Delivery, VoiceAccount
from calls.selectors.lifecycle.match_report import match_by_id
from calls.services.lifecycle import record_report
from contacts.models import Contact
from tests.calls.event_log import events_of
from tests.calls.webhooks.sinch_office import (
    BROWSER_ID,
    CALLER,
    CUSTOMER,
    INBOUND_ID,
    KEY,
    OUR_NUMBER,
    SECRET,
    callback,
    deliver,
    make_account,
    make_dialled,
    make_number,
    signed,
)
from tests.clients import Answer, ApiClient
from tests.factories import make_call, make_prompt
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(user: User) -> VoiceAccount:
    return make_account(user)


def action(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer
    told: dict[str, Any] = answer.body["action"]
    return told


def test_a_call_that_comes_in_rings_the_numbers_user(user: User) -> None:
    make_number(user)

    told = action(deliver(callback("ice_inbound")))

    call = Call.objects.get()
    assert told["name"] == "connectMxp"
    assert told["destination"] == {"type": "username", "endpoint": user.pk}
    assert told["callHeaders"] == [{"key": "callId", "value": call.pk}]
    assert (call.direction, call.status, call.provider_call_id) == ("inbound", "ringing", INBOUND_ID)
    assert (call.user_id, call.from_number, call.to_number) == (user.pk, CALLER, OUR_NUMBER)
    assert Contact.objects.get(pk=call.contact_id).phone_number == CALLER
    assert call.conversation_id is not None
    assert events_of(call) == {"call_initiated": 1}


def test_a_call_that_comes_in_twice_is_one_call(user: User) -> None:
    make_number(user)

    first, second = deliver(callback("ice_inbound")), deliver(callback("ice_inbound"))

    assert first.body == second.body
    assert Call.objects.count() == 1
    assert events_of(Call.objects.get()) == {"call_initiated": 1}


def test_a_call_to_a_number_that_an_agent_answers_goes_there(user: User) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, elevenlabs_agent_id="agent_1", name="Mia")
    make_number(user, ai_enabled=True, ai_agent=agent, elevenlabs_phone_number_id="phnum_1")

    told = action(deliver(callback("ice_inbound")))

    call = Call.objects.get()
    assert told["name"] == "connectSip"
    assert told["destination"] == {"type": "sip", "endpoint": f"{OUR_NUMBER}@sip.rtc.elevenlabs.io"}
    assert told["callHeaders"] == [{"key": "x-call-id", "value": call.pk}]
    assert (call.ai_agent_id, call.agent_name) == (agent.pk, "Mia")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (None, "number_not_open"),
        ({"is_inbound_enabled": False}, "number_not_open"),
        ({"user": None, "is_default": False}, "number_of_nobody"),
    ],
)
def test_a_call_that_nobody_can_take_is_a_missed_call(number: dict[str, Any] | None, reason: str, user: User) -> None:
    if number is not None:
        make_number(user, **number)

    told = action(deliver(callback("ice_inbound")))

    call = Call.objects.get()
    assert told == {"name": "hangup"}
    assert (call.status, call.provider_metadata["failureReason"]) == ("no-answer", reason)
    assert events_of(call) == {"call_initiated": 1, "call_ended": 1, "fetch_messages": 1}


def test_a_browsers_call_goes_to_the_telephone_with_the_users_number(user: User) -> None:
    make_number(user)
    call = make_dialled(user)

    told = action(deliver(callback("ice_browser", userId=user.pk, callHeaders=[{"key": "callId", "value": call.pk}])))

    assert (told["name"], told["number"], told["cli"]) == ("connectPstn", CUSTOMER, OUR_NUMBER)
    call.refresh_from_db()
    assert call.provider_call_id == BROWSER_ID
    assert Call.objects.count() == 1


def test_a_browsers_call_without_our_id_is_found_by_user_and_number(user: User, other_user: User) -> None:
    make_number(user)
    make_dialled(make_colleague(user))
    call = make_dialled(user)

    deliver(callback("ice_browser", userId=user.pk, callHeaders=[]))

    call.refresh_from_db()
    assert call.provider_call_id == BROWSER_ID


def make_colleague(user: User) -> User:
    return User.objects.create_user("colleague@example.com", None, organization=user.organization)


def test_a_browsers_call_that_nobody_recorded_is_recorded(user: User) -> None:
    make_number(user)

    told = action(deliver(callback("ice_browser", userId=user.pk, callHeaders=[])))

    call = Call.objects.get()
    assert told["name"] == "connectPstn"
    assert (call.direction, call.user_id, call.from_number, call.to_number) == (
        "outbound",
        user.pk,
        OUR_NUMBER,
        CUSTOMER,
    )


def test_a_user_of_another_organization_calls_nobody(other_user: User) -> None:
    assert action(deliver(callback("ice_browser", userId=other_user.pk, callHeaders=[]))) == {"name": "hangup"}
    assert Call.objects.get().status == "failed"


@pytest.mark.parametrize("endpoint", ["911", "+1555", "+10000000000", "somebody", ""])
def test_a_number_that_cannot_be_dialled_is_not(endpoint: str, user: User) -> None:
    answer = deliver(
        callback("ice_browser", userId=user.pk, callHeaders=[], to={"type": "number", "endpoint": endpoint})
    )

    assert action(answer) == {"name": "hangup"}


def test_a_call_that_was_discarded_meanwhile_is_not_connected_and_not_made_again(user: User) -> None:
    headers = [{"key": "callId", "value": "68f2c5d13a0b4c5d6e7f8a9b"}]

    assert action(deliver(callback("ice_browser", userId=user.pk, callHeaders=headers))) == {"name": "hangup"}
    assert not Call.objects.exists()


def test_another_organizations_call_is_like_one_that_was_discarded(user: User, other_user: User) -> None:
    theirs = make_dialled(other_user)
    headers = [{"key": "callId", "value": theirs.pk}]

    assert action(deliver(callback("ice_browser", userId=user.pk, callHeaders=headers))) == {"name": "hangup"}
    assert not Call.objects.of_organization(user.home_id).exists()


def test_a_call_that_is_discarded_after_it_was_found_takes_no_news(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    call = make_dialled(user, provider_call_id=BROWSER_ID)

    def found_and_discarded(**asked: Any) -> str | None:
        found = match_by_id(**asked)
        call.delete()
        return found

    monkeypatch.setattr(record_report, "match_by_id", found_and_discarded)

    assert deliver(callback("dice_answered", callid=BROWSER_ID)).status == 200
    assert Delivery.objects.get().state == "ignored"


def test_a_call_that_its_user_has_ended_meanwhile_is_not_connected(user: User) -> None:
    call = make_dialled(user, status="canceled")

    answer = deliver(callback("ice_browser", userId=user.pk, callHeaders=[{"key": "callId", "value": call.pk}]))

    assert action(answer) == {"name": "hangup"}
    call.refresh_from_db()
    assert call.status == "canceled"


def test_a_call_is_followed_to_its_end(user: User) -> None:
    make_number(user)
    call = make_dialled(user, provider_call_id=BROWSER_ID)

    answered = deliver(callback("ace", callid=BROWSER_ID))
    call.refresh_from_db()
    assert action(answered) == {"name": "continue"}
    assert (call.status, call.answer_time is not None) == ("in-progress", True)

    ended = deliver(callback("dice_answered"))
    call.refresh_from_db()
    assert ended.body == {}
    assert (call.status, call.duration) == ("completed", 63)
    assert events_of(call) == {"call_answered": 1, "call_ended": 1}


@pytest.mark.parametrize(("name", "status"), [("dice_no_answer", "no-answer"), ("dice_canceled", "canceled")])
def test_a_call_that_nobody_answers_says_so(name: str, status: str, user: User) -> None:
    call = make_dialled(user, provider_call_id=BROWSER_ID)

    deliver(callback(name, callid=BROWSER_ID))

    call.refresh_from_db()
    assert (call.status, call.duration) == (status, 0)


def test_a_call_answered_after_it_ended_is_hung_up(user: User) -> None:
    call = make_dialled(user, provider_call_id=BROWSER_ID, status="canceled")

    assert action(deliver(callback("ace", callid=BROWSER_ID))) == {"name": "hangup"}
    call.refresh_from_db()
    assert call.status == "canceled"
    assert not EventLog.objects.filter(call_id=call.pk).exists()


@pytest.mark.parametrize("name", ["ace", "dice_answered", "notify_recording", "notify_amd"])
def test_news_of_a_call_that_nobody_knows_is_kept_and_changes_nothing(name: str) -> None:
    assert deliver(callback(name)).status == 200
    assert Delivery.objects.get().state == "ignored"
    assert not Call.objects.exists()


def test_an_event_that_nobody_knows_is_kept_and_answered() -> None:
    answer = deliver({"event": "weather", "applicationKey": KEY})

    assert (answer.status, answer.body) == (200, {})
    assert Delivery.objects.get().kind == "weather"


@pytest.mark.parametrize("told", [{"event": "new\0s"}, {"event": "notify", "callid": BROWSER_ID, "type": "new\0s"}])
def test_a_word_that_no_database_takes_is_kept_without_its_nul(told: dict[str, str]) -> None:
    assert deliver(told).status == 200
    assert Delivery.objects.get().kind in ("news", "notify news")


def test_a_menus_answer_is_to_go_on(user: User) -> None:
    assert action(deliver(callback("pie"))) == {"name": "continue"}


def test_a_known_event_without_its_call_is_kept_and_refused() -> None:
    answer = deliver({"event": "dice", "applicationKey": KEY})

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert Delivery.objects.get().state == "invalid"


def assert_refused(answer: Answer, verdict: str) -> None:
    assert (answer.status, answer.body["code"]) == (401, "INVALID_SIGNATURE")
    assert not Call.objects.exists()
    assert (Delivery.objects.get().state, Delivery.objects.get().verdict) == ("refused", verdict)


def test_a_signature_with_another_secret_is_refused() -> None:
    assert_refused(deliver(callback("ice_inbound"), secret="JViE5vDor0Sw3WllZka15Q=="), "wrong")


def test_no_signature_is_refused() -> None:
    assert_refused(deliver(callback("ice_inbound"), headers={}), "not_configured")


def test_an_application_that_nobody_has_is_refused() -> None:
    assert_refused(deliver(callback("ice_inbound"), key="00000000-0000-0000-0000-000000000000"), "not_configured")


def test_basic_authorization_is_refused() -> None:
    assert_refused(deliver(callback("ice_inbound"), headers={"HTTP_AUTHORIZATION": "Basic eDp5"}), "not_configured")


def test_a_callback_without_its_time_is_refused() -> None:
    body = b'{"event": "ice"}'
    headers = signed(body)
    del headers["HTTP_X_TIMESTAMP"]

    assert_refused(deliver(body, headers=headers), "missing")


@pytest.mark.parametrize(("ago", "verdict"), [(6 * 60, "stale"), (-6 * 60, "future")])
def test_a_callback_of_another_time_is_refused(ago: float, verdict: str) -> None:
    assert_refused(deliver(callback("ice_inbound"), ago=ago), verdict)


def test_a_body_that_differs_by_one_byte_is_refused() -> None:
    body = b'{"event":"ice","callid":"1"}'

    assert_refused(deliver(body.replace(b"1", b"2"), headers=signed(body)), "wrong")


def test_a_signature_of_another_organization_is_refused(other_user: User) -> None:
    make_account(other_user, account_id="other-application", secrets={"application_secret": "JViE5vDor0Sw3WllZka15Q=="})
    body = b'{"event":"ice","callid":"1"}'
    headers = signed(body, key=KEY, secret="JViE5vDor0Sw3WllZka15Q==")

    assert_refused(deliver(body, headers=headers), "wrong")


def test_another_organizations_call_is_neither_changed_nor_shown(user: User, other_user: User) -> None:
    call = make_call(user, provider="sinch", status="ringing", provider_call_id=INBOUND_ID, direction="inbound")
    make_account(other_user, account_id="other-application")

    answer = deliver(callback("dice_answered", callid=INBOUND_ID), key="other-application", secret=SECRET)

    assert (answer.status, answer.body) == (200, {})
    call.refresh_from_db()
    assert call.status == "ringing"


def test_without_a_configured_secret_nothing_is_believed(account: VoiceAccount) -> None:
    account.secrets = {}
    account.save()

    assert_refused(deliver(callback("ice_inbound")), "not_configured")


def test_a_browser_that_records_a_call_which_the_provider_has_announced_gets_that_one(
    api: ApiClient, user: User
) -> None:
    make_number(user)
    deliver(callback("ice_inbound"))

    answer = api.post("/api/calls/sdk/inbound", {"callerNumber": CALLER})

    assert answer.body["call"]["_id"] == Call.objects.get().pk
    assert events_of(Call.objects.get()) == {"call_initiated": 1}


def test_a_call_that_the_browser_has_recorded_first_is_the_providers(api: ApiClient, user: User) -> None:
    make_number(user)
    call_id = api.post("/api/calls/sdk/inbound", {"callerNumber": CALLER}).body["call"]["_id"]

    deliver(callback("ice_inbound"))

    call = Call.objects.get()
    assert (call.pk, call.provider_call_id) == (call_id, INBOUND_ID)


def test_a_call_for_somebody_who_cannot_log_in_is_a_missed_call(user: User) -> None:
    colleague = make_colleague(user)
    colleague.is_active = False
    colleague.save()
    make_number(user, user=colleague)

    assert action(deliver(callback("ice_inbound"))) == {"name": "hangup"}
    assert Call.objects.get().provider_metadata["failureReason"] == "number_of_nobody"


def test_a_stranger_who_dials_takes_nobodys_call_over(user: User, other_user: User) -> None:
    call = make_dialled(user)

    assert action(deliver(callback("ice_browser", userId=other_user.pk, callHeaders=[]))) == {"name": "hangup"}
    call.refresh_from_db()
    assert (call.provider_call_id, call.status) == (None, "initiated")
