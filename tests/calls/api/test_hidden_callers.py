"""Callers who show no number are no person, who has a name or can be called: one contact where there must be one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client

from calls.models import Call
from contacts.models import Contact, DoNotCallNumber
from conversations.models import Conversation
from tests.admin_site import add_to, page_of
from tests.admin_site import found as found_in_admin
from tests.at_once import at_once
from tests.calls.api.ai.outbound import Office, make_office, outbound, simulating
from tests.calls.api.browsing import ANSWER, INBOUND, INITIATE, REJECT, call_in, ringing_call
from tests.calls.api.ingesting import ingest, ingested, refused
from tests.calls.api.reading import found, ids
from tests.calls.partner.dialling import dial
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_call, make_contact, make_user, missed_call_body
from tests.refusals import assert_fault, assert_refused
from tests.statements import statements_made, with_one_write
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

PLACEHOLDERS = ("+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253")
HIDDEN = [*PLACEHOLDERS, "anonymous", "Anonymous", "Restricted", "unavailable", "UNKNOWN", "No Caller ID", "0000000000"]
OURS = "+14165550100"


def hidden_contact(home: Organization) -> Contact:
    return Contact.objects.of_organization(home.pk).get(phone_number="anonymous")


# ---- Ingest --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", HIDDEN)
def test_a_pushed_call_keeps_what_came_and_has_the_one_contact(
    told: str, vendor: ApiClient, api: ApiClient, home: Organization
) -> None:
    body = ingest_body(direction="inbound", fromNumber=told, toNumber=OURS, callerName="Real Person")

    answer = ingested(vendor, body)

    contact = hidden_contact(home)
    assert (contact.first_name, contact.last_name) == ("Hidden", "Caller")
    assert answer["contactId"] == contact.pk
    call = api.get(f"/api/calls/{answer['callId']}").body["call"]
    assert (call["from"], call["contactId"]["_id"], call["conversationId"]) == (
        told,
        contact.pk,
        answer["conversationId"],
    )


def test_all_of_them_are_one_contact_with_one_conversation_for_each_of_our_numbers(
    vendor: ApiClient, home: Organization
) -> None:
    answers = [ingested(vendor, missed_call_body(fromNumber=told)) for told in HIDDEN]
    elsewhere = ingested(vendor, missed_call_body(fromNumber="anonymous", toNumber="+14165550101"))

    assert {answer["contactId"] for answer in (*answers, elsewhere)} == {hidden_contact(home).pk}
    assert len({answer["conversationId"] for answer in answers}) == 1
    assert elsewhere["conversationId"] != answers[0]["conversationId"]
    assert Contact.objects.count() == 1


def test_no_callers_name_names_them(vendor: ApiClient, home: Organization) -> None:
    for name in ("", "Real Person", "Anonymous"):
        ingested(vendor, missed_call_body(fromNumber="+266696687", callerName=name))

    assert hidden_contact(home).full_name == "Hidden Caller"


@pytest.mark.parametrize("told", ["anonymous", "+266696687"])
@pytest.mark.parametrize(
    "fields",
    [
        {"direction": "outbound", "toNumber": "+14165550199"},
        {"direction": "outbound", "fromNumber": OURS},
        {"direction": "inbound", "fromNumber": "+14165550199"},
    ],
)
def test_they_are_who_calls_in_and_nothing_else(told: str, fields: dict[str, str], vendor: ApiClient) -> None:
    name = "toNumber" if "fromNumber" in fields else "fromNumber"

    sentence = refused(vendor, missed_call_body(**fields, **{name: told}))

    assert sentence == f"Invalid field {name}: not a number in E.164, such as +14155551234"


@pytest.mark.parametrize("told", ["", "  ", "nobody", "Kim", "anonymous\0", "anonymous " * 10, "+14165550199 (hidden)"])
def test_what_does_not_say_that_a_number_is_hidden_is_refused(told: str, vendor: ApiClient) -> None:
    refused(vendor, missed_call_body(fromNumber=told))


def test_a_call_of_theirs_costs_what_any_other_does(vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())
    for count in (7, 5, 5):
        with statements_made() as made:
            ingested(vendor, missed_call_body(fromNumber="anonymous", callerName="Kim"))
        assert len(made) == with_one_write(count)


@pytest.mark.django_db(transaction=True)
def test_of_many_first_calls_at_once_one_makes_the_contact(user: User) -> None:
    assert user.organization is not None
    vendors = [vendor_of(make_user(organization=user.organization)) for _ in range(6)]
    told = ["anonymous", "+266696687", "Restricted"] * 2

    answers = at_once(
        [partial(ingest, vendor, missed_call_body(fromNumber=each)) for vendor, each in zip(vendors, told, strict=True)]
    )

    assert {answer.status for answer in answers} == {201}
    assert len({(answer.body["contactId"], answer.body["conversationId"]) for answer in answers}) == 1
    assert Contact.objects.count() == Conversation.objects.count() == 1
    assert Conversation.objects.get().message_count == 6


def test_each_organization_has_its_own(vendor: ApiClient, user: User, other_user: User, other_api: ApiClient) -> None:
    ours = ingested(vendor, missed_call_body(fromNumber="anonymous"))
    theirs = ingested(vendor_of(other_user), missed_call_body(fromNumber="anonymous"))

    assert ours["contactId"] != theirs["contactId"]
    assert found(other_api, fromNumber="anonymous") == [theirs["callId"]]
    assert other_api.get(f"/api/contacts/{ours['contactId']}").status == 404
    assert other_api.get("/api/contacts", search="hidden").body["total"] == 1


def test_when_it_is_deleted_the_next_call_makes_it_anew(vendor: ApiClient, api: ApiClient, home: Organization) -> None:
    first = ingested(vendor, missed_call_body(fromNumber="anonymous"))
    assert api.delete(f"/api/contacts/{first['contactId']}").status == 200

    second = ingested(vendor, missed_call_body(fromNumber="anonymous"))

    assert second["contactId"] == hidden_contact(home).pk != first["contactId"]


# ---- Nobody names, calls or forbids them ---------------------------------------------------------------------------


@pytest.fixture
def hidden(vendor: ApiClient, home: Organization) -> Contact:
    ingested(vendor, missed_call_body(fromNumber="anonymous"))
    return hidden_contact(home)


@pytest.mark.parametrize("told", HIDDEN)
def test_no_contact_is_made_of_them(told: str, api: ApiClient, home: Organization, staff: Client) -> None:
    contact = make_contact(home)

    assert_fault(api.post("/api/contact", {"phoneNumber": told}), "phoneNumber")
    assert_fault(api.put("/api/contact", {"_id": contact.pk, "phoneNumber": told}), "phoneNumber")
    assert staff.post(add_to(Contact), {"phone_number": told}).status_code == 200
    assert list(Contact.objects.all()) == [contact]
    assert_refused(api.post("/api/contacts/phoneNumber", {"phoneNumber": told}), 404, "CONTACT_NOT_FOUND")


def test_their_contact_gets_no_other_name_or_number(api: ApiClient, hidden: Contact, staff: Client) -> None:
    assert_fault(api.put("/api/contact", {"_id": hidden.pk, "firstName": "Real"}), "_id")
    assert_fault(api.put("/api/contact", {"_id": hidden.pk, "phoneNumber": "+14165550199"}), "_id")
    assert staff.get(page_of(hidden)).status_code == 200
    assert staff.post(page_of(hidden), {"first_name": "Real", "phone_number": "+14165550199"}).status_code == 403

    hidden.refresh_from_db()
    assert (hidden.full_name, hidden.phone_number) == ("Hidden Caller", "anonymous")


def test_nobody_calls_them(api: ApiClient, user: User, hidden: Contact) -> None:
    with simulating() as simulator:
        office: Office = make_office(user, simulator)
        office.number.ai_agent = office.agent
        office.number.save()

        assert_refused(outbound(api, contactId=hidden.pk), 400, "VALIDATION_ERROR")
        for told in HIDDEN:
            assert_refused(outbound(api, phoneNumber=told), 400, "VALIDATION_ERROR")
            assert dial(partner_of(user), phone_number=told).body["error"] == "invalid_phone_number"
        assert dial(partner_of(user), contact_id=hidden.pk).status == 400
        assert_refused(api.post(INITIATE, {"contactId": hidden.pk}), 400, "VALIDATION_ERROR")
        assert_fault(api.post(INITIATE, {"phoneNumber": "anonymous"}), "phoneNumber")
        assert simulator.happened()["dials"] == 0


def test_they_are_not_put_onto_the_do_not_call_list(staff: Client, hidden: Contact) -> None:
    call = Call.objects.get()

    assert "not be called" not in staff.get(page_of(call)).content.decode()
    assert staff.post(page_of(call, "do_not_call"), {"reason": "Asked"}).status_code == 302
    assert staff.post(add_to(DoNotCallNumber), {"phone_number": "+266696687"}).status_code == 200
    assert not DoNotCallNumber.objects.exists()


# ---- Browsers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", HIDDEN)
def test_a_browser_that_is_rung_records_the_call_without_contact_and_conversation(told: str, api: ApiClient) -> None:
    call = call_in(api.post(INBOUND, {"callerNumber": told}))

    assert (call["from"], call["status"]) == (told, "ringing")
    assert not call.keys() & {"contactId", "conversationId"}
    assert not Contact.objects.exists()
    assert call_in(api.post(ANSWER, {"callId": call["_id"]}))["status"] == "in-progress"


def test_a_browser_that_is_rung_by_the_one_whom_the_carrier_has_announced_records_no_other(
    api: ApiClient, user: User
) -> None:
    announced = ringing_call(user, from_number="", provider_call_id="CA1")

    assert call_in(api.post(INBOUND, {"callerNumber": "anonymous"}))["_id"] == announced.pk


def test_which_of_two_it_is_nobody_guesses(api: ApiClient, user: User) -> None:
    announced = [ringing_call(user, from_number="", provider_call_id=f"CA{number}") for number in range(2)]

    assert call_in(api.post(INBOUND, {"callerNumber": "anonymous"}))["_id"] not in ids(*announced)
    for path in (ANSWER, REJECT):
        assert "call" not in api.post(path, {"callerNumber": "anonymous"}).body
    assert {call.status for call in Call.objects.all()} == {"ringing"}


@pytest.mark.parametrize("path", [ANSWER, REJECT])
@pytest.mark.parametrize("kept", ["", "anonymous", "+266696687", "Restricted"])
def test_the_one_that_rings_for_the_user_is_answered_and_declined(
    kept: str, path: str, api: ApiClient, user: User
) -> None:
    call = ringing_call(user, from_number=kept)

    assert call_in(api.post(path, {"callerNumber": "anonymous"}))["_id"] == call.pk


@pytest.mark.parametrize("path", [INBOUND, ANSWER, REJECT])
def test_a_colleagues_and_another_organizations_hidden_call_is_not_taken(
    path: str, api: ApiClient, user: User, other_user: User
) -> None:
    colleague = make_user(organization=user.organization)
    theirs = [ringing_call(each, from_number="", provider_call_id=each.pk) for each in (colleague, other_user)]

    answer: dict[str, Any] = api.post(path, {"callerNumber": "anonymous"}).body

    assert answer.get("call", {}).get("_id") not in ids(*theirs)
    assert {call.status for call in Call.objects.filter(pk__in=ids(*theirs))} == {"ringing"}


# ---- Finding them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", HIDDEN)
def test_history_finds_them_by_whatever_stands_for_them(told: str, api: ApiClient, user: User) -> None:
    calls = [
        make_call(user, direction="inbound", from_number=each) for each in ("", "anonymous", "+266696687", "RESTRICTED")
    ]
    make_call(user, direction="inbound", from_number="+14165550199")
    make_call(user, direction="outbound", from_number="")

    assert found(api, fromNumber=told) == ids(*reversed(calls))


def test_a_search_finds_them(api: ApiClient, user: User, staff: Client, hidden: Contact) -> None:
    call = Call.objects.get()
    make_call(user, from_number="+14165550199")

    for text in ("anonymous", "Hidden Caller", "+266696687"):
        assert found(api, q=text) == ids(call)
        assert found_in_admin(staff, Call, q=text) == [call]
    assert found_in_admin(staff, Contact, q="hidden") == [hidden]
