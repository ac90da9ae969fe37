"""POST /api/calls/sdk/initiate and /api/calls/sdk/inbound."""

from __future__ import annotations

from typing import Any

import pytest

from calls.services.browser_calls import record_sdk_call
from contacts.models import Contact
from conversations.models import Conversation
from tests.calls.api.browsing import (
    CALLER,
    INBOUND,
    INITIATE,
    OURS,
    assert_refused,
    call_in,
    statements,
)
from tests.calls.api.ingesting import nothing_kept
from tests.calls.api.reading import history
from tests.calls.event_log import event_names
from tests.calls.telephony import make_account, make_number
from tests.clients import ApiClient
from tests.factories import UNKNOWN_ID, make_contact, make_conversation, make_user
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BODIES = {INITIATE: {"phoneNumber": CALLER}, INBOUND: {"callerNumber": CALLER}}


@pytest.fixture
def contact(user: User) -> Contact:
    assert user.organization is not None
    return make_contact(user.organization, phone_number=CALLER)


# ---- initiate ------------------------------------------------------------------------------------------------------


def test_a_contact_is_dialled_at_its_number_in_a_conversation(api: ApiClient, user: User, contact: Contact) -> None:
    make_account(user, "twilio", phone_number=OURS)

    answer = api.post(INITIATE, {"contactId": contact.pk})

    call = call_in(answer)
    conversation = Conversation.objects.get()
    assert answer.body["message"] == "Call recorded"
    assert (conversation.contact_id, conversation.channel_identifier) == (contact.pk, OURS)
    del call["startTime"], call["createdAt"], call["updatedAt"]
    assert call == {
        "_id": call["callId"],
        "callId": call["_id"],
        "provider": "twilio",
        "direction": "outbound",
        "status": "initiated",
        "from": OURS,
        "to": CALLER,
        "contactId": contact.pk,
        "conversationId": conversation.pk,
        "organizationId": user.organization_id,
        "userId": user.pk,
        "providerPhoneNumber": OURS,
        "recordings": [],
        "tags": [],
        "isStarred": False,
    }


def test_the_call_is_told_once_as_it_was_answered(api: ApiClient, contact: Contact) -> None:
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))

    event = EventLog.objects.get()
    assert (event.name, event.call_id, event.data) == ("call_initiated", call["_id"], {"call": call})


def test_the_call_is_in_the_history(api: ApiClient, contact: Contact) -> None:
    call = call_in(api.post(INITIATE, {"contactId": contact.pk}))

    assert [found["_id"] for found in history(api, status="initiated")["calls"]] == [call["_id"]]


def test_of_contact_and_number_the_contact_counts(api: ApiClient, contact: Contact) -> None:
    for number in ("+14165550111", "no number at all"):
        call = call_in(api.post(INITIATE, {"contactId": contact.pk, "phoneNumber": number}))

        assert (call["to"], call["contactId"]) == (CALLER, contact.pk)


@pytest.mark.parametrize("path", [INITIATE, INBOUND])
def test_a_number_that_a_contact_has_leads_to_the_contact(path: str, api: ApiClient, contact: Contact) -> None:
    conversation = make_conversation(contact, channel_identifier="")

    call = call_in(api.post(path, BODIES[path]))

    assert (call["contactId"], call["conversationId"]) == (contact.pk, conversation.pk)


@pytest.mark.parametrize("path", [INITIATE, INBOUND])
def test_a_number_of_nobody_is_recorded_and_makes_no_contact(path: str, api: ApiClient) -> None:
    call = call_in(api.post(path, BODIES[path]))

    assert call.keys().isdisjoint({"contactId", "conversationId"})
    assert (Contact.objects.count(), Conversation.objects.count()) == (0, 0)


@pytest.mark.parametrize("contact_id", [UNKNOWN_ID, "x", "A" * 24, "a" * 100_000, "' OR 1=1 --"])
def test_an_unknown_contact_is_refused(contact_id: str, api: ApiClient) -> None:
    with nothing_kept():
        assert_refused(api.post(INITIATE, {"contactId": contact_id, "phoneNumber": CALLER}), "CONTACT_NOT_FOUND")


def test_a_contact_of_another_organization_is_unknown(api: ApiClient, other_user: User) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=CALLER)

    with nothing_kept():
        answer = api.post(INITIATE, {"contactId": theirs.pk})
    assert answer.body == api.post(INITIATE, {"contactId": new_object_id()}).body
    assert_refused(answer, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize("path", [INITIATE, INBOUND])
def test_a_number_that_only_another_organization_knows_is_nobodys(path: str, api: ApiClient, other_user: User) -> None:
    assert other_user.organization is not None
    make_contact(other_user.organization, phone_number=CALLER)

    assert "contactId" not in call_in(api.post(path, BODIES[path]))


@pytest.mark.parametrize(
    "body", [{}, {"contactId": None}, {"contactId": "", "phoneNumber": " "}, {"foo": "bar"}, {"phone_number": CALLER}]
)
def test_without_contact_and_number_it_is_refused(body: dict[str, Any], api: ApiClient) -> None:
    with nothing_kept():
        answer = api.post(INITIATE, body)
    assert_refused(answer, "VALIDATION_ERROR", "")
    assert answer.body["error"]["message"] == "contactId or phoneNumber is required"


def test_a_contact_that_is_deleted_meanwhile_is_unknown(
    transactional_db: None, api: ApiClient, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look still finds it."""
    looks: list[Contact | None] = [contact, None]
    Contact.objects.filter(pk=contact.pk).delete()
    monkeypatch.setattr(record_sdk_call, "find_contact", lambda **_: looks.pop(0))

    with nothing_kept():
        assert_refused(api.post(INITIATE, {"contactId": contact.pk}), "CONTACT_NOT_FOUND")
    assert looks == []


# ---- inbound -------------------------------------------------------------------------------------------------------


def test_an_inbound_call_rings(api: ApiClient, user: User, contact: Contact) -> None:
    make_number(user, "sinch", OURS)

    call = call_in(api.post(INBOUND, {"callerNumber": CALLER}))

    assert (call["direction"], call["status"], call["provider"]) == ("inbound", "ringing", "sinch")
    assert (call["from"], call["to"], call["providerPhoneNumber"]) == (CALLER, OURS, OURS)
    assert (call["contactId"], call["userId"]) == (contact.pk, user.pk)
    assert event_names(call["_id"]) == ["call_initiated"]


@pytest.mark.parametrize("body", [{}, {"callerNumber": None}, {"callerNumber": ""}])
def test_without_a_caller_it_is_refused(body: dict[str, Any], api: ApiClient) -> None:
    assert_refused(api.post(INBOUND, body), "VALIDATION_ERROR", "callerNumber")


# ---- Bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [INITIATE, INBOUND])
@pytest.mark.parametrize(
    "number", ["4165550199", "+0123456789", "nobody", "+1416555019x", "+" + "1" * 16, 14165550199, True, [], {}]
)
def test_what_is_no_number_is_refused(number: Any, path: str, api: ApiClient) -> None:
    (name,) = BODIES[path]

    with nothing_kept():
        assert_refused(api.post(path, {name: number}), "VALIDATION_ERROR", name)


@pytest.mark.parametrize("path", [INITIATE, INBOUND])
@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b"null", 400), (b'{"a": "\xff"}', 400)],
)
def test_a_body_that_is_none_is_refused(content: bytes, status: int, path: str, api: ApiClient) -> None:
    with nothing_kept():
        assert api.post(path, content).status == status


# ---- From which number ---------------------------------------------------------------------------------------------


def test_without_any_configuration_the_provider_is_sinch_and_the_number_absent(api: ApiClient) -> None:
    call = call_in(api.post(INITIATE, {"phoneNumber": CALLER}))

    assert (call["provider"], call.keys() & {"from", "providerPhoneNumber"}) == ("sinch", set())


def test_the_users_default_number_of_the_active_provider_counts(api: ApiClient, user: User) -> None:
    make_account(user, "twilio", phone_number="+14165550101")
    make_account(user, "sinch", phone_number="+14165550102", is_active=False)
    make_number(user, "sinch", "+14165550103")
    make_number(user, "twilio", "+14165550104", is_default=False)
    assert call_in(api.post(INITIATE, {"phoneNumber": CALLER}))["from"] == "+14165550101"

    make_number(user, "twilio", "+14165550105")
    assert call_in(api.post(INITIATE, {"phoneNumber": CALLER}))["from"] == "+14165550105"


def test_numbers_of_others_do_not_count(api: ApiClient, user: User, other_user: User) -> None:
    make_number(make_user(organization=user.organization), "sinch", "+14165550101")
    make_number(other_user, "sinch", "+14165550102")
    make_account(other_user, "twilio", phone_number="+14165550103")
    # Of a user who has come over from there.
    make_number(user, "sinch", "+14165550104", organization=other_user.organization)

    call = call_in(api.post(INITIATE, {"phoneNumber": CALLER}))

    assert (call["provider"], "from" in call) == ("sinch", False)


# ---- Statements ----------------------------------------------------------------------------------------------------


# One that comes in is looked for first: its provider may have announced it.
@pytest.mark.parametrize(("path", "count"), [(INITIATE, 6), (INBOUND, 7)])
def test_a_call_with_a_contact_costs_few_statements(path: str, count: int, api: ApiClient, contact: Contact) -> None:
    """User, contact, number; conversation, call, event."""
    assert statements(api, path, BODIES[path]) == count


@pytest.mark.parametrize(("path", "count"), [(INITIATE, 5), (INBOUND, 6)])
def test_a_call_without_a_contact_costs_one_less(path: str, count: int, api: ApiClient) -> None:
    assert statements(api, path, BODIES[path]) == count
