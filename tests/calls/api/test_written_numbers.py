"""A number is read in one way at every door, however it is written; dials are tested beside the others of theirs."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call, PhoneNumber, VoiceAccount
from contacts.models import Contact
from tests.calls.api.browsing import ANSWER, INBOUND, INITIATE, REJECT, call_in, ringing_call
from tests.calls.api.reading import assert_invalid, found, history, ids
from tests.calls.partner.partners import partner_of
from tests.calls.telephony import make_account, make_number
from tests.clients import ApiClient, logged_in
from tests.factories import make_call, make_contact, make_user
from tests.refusals import assert_fault, assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db

NUMBER = "+14165550194"
WRITTEN = [
    "+1 (416) 555-0194",
    "  +1.416.555.0194 ",
    "+1/416/555/0194",
    "001 416 555 0194",
    "tel:+1-416-555-0194",
    "(+1) 416 555 0194",
    "+1\u00a0416\u2011555\u20130194",
    "\u202a+14165550194\u202c",
    "\uff0b\uff11\uff14\uff11\uff16\uff15\uff15\uff15\uff10\uff11\uff19\uff14",
    "+\u0661\u0664\u0661\u0666\u0665\u0665\u0665\u0660\u0661\u0669\u0664",
    "+1 (0)416 555 0194",
]
NO_NUMBERS = ["4165550194", "+1 416 555 019", "+1416555019a", "+1 800 FLOWERS", "+14165550194, +14165550195", "Kim"]
WITH_EXTENSION = ["+1 416 555 0194 ext. 4", "+14165550194;ext=4", "+1 416 555 0194 x4"]
LOOK_UP = "/api/contacts/phoneNumber"


@pytest.fixture
def superadmin(home: Organization) -> ApiClient:
    return logged_in(make_user(organization=home, access_role=AccessRole.SUPERADMIN))


# ---- Contacts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", WRITTEN)
def test_a_contact_is_made_changed_and_found(written: str, api: ApiClient, home: Organization) -> None:
    made = api.post("/api/contact", {"phoneNumber": written})
    assert (made.status, made.body["contact"]["phoneNumber"]) == (201, NUMBER)

    assert_refused(api.post("/api/contact", {"phoneNumber": written}), 409, "CONTACT_EXISTS")
    assert api.post(LOOK_UP, {"phoneNumber": written}).body["contact"]["phoneNumber"] == NUMBER
    assert api.get("/api/contacts", search=written).body["total"] == 1
    other = make_contact(home, phone_number="+442079460018")
    assert_refused(api.put("/api/contact", {"_id": other.pk, "phoneNumber": written}), 409, "CONTACT_EXISTS")
    Contact.objects.exclude(pk=other.pk).delete()
    changed = api.put("/api/contact", {"_id": other.pk, "phoneNumber": written})
    assert changed.body["contact"]["phoneNumber"] == NUMBER


@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_names_no_contact(written: str, api: ApiClient, home: Organization) -> None:
    contact = make_contact(home)

    assert_fault(api.post("/api/contact", {"phoneNumber": written}), "phoneNumber")
    assert_fault(api.put("/api/contact", {"_id": contact.pk, "phoneNumber": written}), "phoneNumber")
    assert_fault(api.post(LOOK_UP, {"phoneNumber": written}), "phoneNumber")


@pytest.mark.parametrize("written", WITH_EXTENSION)
def test_a_contact_is_looked_up_by_a_number_with_an_extension_but_not_kept_with_it(
    written: str, api: ApiClient, home: Organization
) -> None:
    assert_fault(api.post("/api/contact", {"phoneNumber": written}), "phoneNumber")

    contact = make_contact(home, phone_number=NUMBER)
    assert api.post(LOOK_UP, {"phoneNumber": written}).body["contact"]["_id"] == contact.pk


@pytest.mark.parametrize("text", ["416-555-7702", "(416) 555-7702", "416\u00a0555", "5557702", "+1 416 555 7702"])
def test_lists_of_contacts_are_searched_by_part_of_a_number_in_both_apis(
    text: str, api: ApiClient, user: User, other_user: User
) -> None:
    assert user.organization is not None
    assert other_user.organization is not None
    wanted = make_contact(user.organization, phone_number="+14165557702")
    make_contact(user.organization, phone_number="+442079460018")
    make_contact(other_user.organization, phone_number="+14165557702")

    assert [each["_id"] for each in api.get("/api/contacts", search=text).body["data"]] == [wanted.pk]
    answer = partner_of(user).get("/api/v1/contacts", search=text)
    assert [each["id"] for each in answer.body["contacts"]] == [wanted.pk]


def test_a_number_as_it_is_dialled_at_home_is_found_too(api: ApiClient, home: Organization) -> None:
    wanted = make_contact(home, phone_number="+442079460018")

    assert [each["_id"] for each in api.get("/api/contacts", search="(020) 7946 0018").body["data"]] == [wanted.pk]


# ---- Calls of browsers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [*WRITTEN, *WITH_EXTENSION])
def test_a_browser_dials_and_is_rung(written: str, api: ApiClient, home: Organization) -> None:
    contact = make_contact(home, phone_number=NUMBER)

    dialled = call_in(api.post(INITIATE, {"phoneNumber": written}))
    rung = call_in(api.post(INBOUND, {"callerNumber": written}))

    assert (dialled["to"], dialled["contactId"]) == (NUMBER, contact.pk)
    assert (rung["from"], rung["contactId"]) == (NUMBER, contact.pk)


@pytest.mark.parametrize("path", [ANSWER, REJECT])
@pytest.mark.parametrize("written", WRITTEN)
def test_a_ringing_call_is_named_by_its_caller(written: str, path: str, api: ApiClient, user: User) -> None:
    call = ringing_call(user, from_number=NUMBER)

    assert call_in(api.post(path, {"callerNumber": written}))["_id"] == call.pk


def test_a_call_that_its_provider_has_announced_is_that_call_in_whatever_spelling(api: ApiClient, user: User) -> None:
    announced = ringing_call(user, from_number="+5215512345678", provider_call_id="CA1")

    for written in ("+52 55 1234 5678", "+525512345678", "+5215512345678"):
        assert call_in(api.post(INBOUND, {"callerNumber": written}))["_id"] == announced.pk
    assert Call.objects.count() == 1


# ---- History -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [*WRITTEN, *WITH_EXTENSION])
def test_history_is_filtered_and_searched(written: str, api: ApiClient, user: User) -> None:
    came, went = make_call(user, from_number=NUMBER), make_call(user, to_number=NUMBER)
    make_call(user)

    assert found(api, fromNumber=written) == ids(came)
    assert found(api, toNumber=written) == ids(went)
    assert found(api, q=written) == ids(went, came)


@pytest.mark.parametrize("parameter", ["fromNumber", "toNumber"])
@pytest.mark.parametrize("written", NO_NUMBERS)
def test_what_is_no_number_is_no_filter(written: str, parameter: str, api: ApiClient) -> None:
    assert_invalid(api.get("/api/calls/history", **{parameter: written}), parameter)


@pytest.mark.parametrize("text", ["416-555-7702", "(416) 555-7702", "4165557702", "555 7702", "+1 416-555-7702"])
def test_calls_are_found_by_part_of_their_contacts_number(text: str, api: ApiClient, user: User) -> None:
    assert user.organization is not None
    call = make_call(user, contact=make_contact(user.organization, phone_number="+14165557702"))
    make_call(user, contact=make_contact(user.organization, phone_number="+14165550001"))

    assert found(api, q=text) == ids(call)


def test_the_next_page_is_one_of_the_same_number_however_it_is_written(api: ApiClient, user: User) -> None:
    calls = [make_call(user, from_number=NUMBER) for _ in range(2)]
    page = history(api, fromNumber="+1 (416) 555-0194", limit=1)

    assert found(api, fromNumber=NUMBER, limit=1, cursor=page["nextCursor"]) == ids(calls[0])


# ---- Our own numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", WRITTEN)
def test_the_number_of_an_account(written: str, superadmin: ApiClient) -> None:
    body = {"provider": "twilio", "phoneNumber": written}

    assert superadmin.post("/api/calls/providers/config", body).status == 200
    assert VoiceAccount.objects.get().phone_number == NUMBER


def test_an_own_number_is_told_in_whatever_spelling_its_country_has_had(api: ApiClient, user: User) -> None:
    """As a carrier that reports the number of an older plan finds the number's user."""
    make_account(user, "twilio")
    number = make_number(user, "twilio", "+525512345678")
    call = call_in(api.post(INITIATE, {"phoneNumber": NUMBER}))

    assert call["from"] == number.phone_number
    assert PhoneNumber.objects.get().phone_number == "+525512345678"


# ---- The other organization ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", WRITTEN[:3])
def test_another_organizations_number_is_nobodys(
    written: str, api: ApiClient, other_api: ApiClient, user: User, other_user: User
) -> None:
    assert other_user.organization is not None
    make_contact(other_user.organization, phone_number=NUMBER)
    make_call(other_user, from_number=NUMBER, to_number=NUMBER)
    ringing = ringing_call(other_user, from_number=NUMBER)

    unknown: Any = api.post(LOOK_UP, {"phoneNumber": "+442079460018"}).body
    assert api.post(LOOK_UP, {"phoneNumber": written}).body == unknown
    assert api.get("/api/contacts", search=written).body["total"] == 0
    assert found(api, fromNumber=written) == found(api, toNumber=written) == found(api, q=written) == []
    assert "call" not in api.post(ANSWER, {"callerNumber": written}).body
    assert "contactId" not in call_in(api.post(INITIATE, {"phoneNumber": written}))
    assert call_in(other_api.post(ANSWER, {"callerNumber": written}))["_id"] == ringing.pk
