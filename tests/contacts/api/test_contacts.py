"""/api/contacts and /api/contact."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls.models import Call, LegalHold
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.at_once import at_once
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract.components import assert_is
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_message,
    make_organization,
    make_user,
    missed_call_body,
)
from tests.refusals import (
    NO_TEXTS,
    assert_every_body_is_checked,
    assert_fault,
    assert_only_a_member_may,
    assert_refused,
)
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

CONTACTS = "/api/contacts"
CONTACT = "/api/contact"
LOOK_UP = "/api/contacts/phoneNumber"
NUMBER = "+14165550123"


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


def listed(api: ApiClient, **query: Any) -> dict[str, Any]:
    answer = api.get(CONTACTS, **query)
    assert answer.status == 200, answer
    assert_is("ContactsPageResponse", answer.body)
    for contact in answer.body["data"]:
        assert_is("ContactDocument", contact)
    page: dict[str, Any] = answer.body
    return page


def names(api: ApiClient, **query: Any) -> list[str]:
    return [contact.get("firstName", "") for contact in listed(api, **query)["data"]]


# ---- List ----------------------------------------------------------------------------------------------------------


def test_a_list_is_a_page_of_ten_newest_first(api: ApiClient, organization: Organization) -> None:
    for number in range(12):
        make_contact(organization, first_name=f"Kim{number}")

    page = listed(api)

    assert {name: page[name] for name in ("total", "page", "size")} == {"total": 12, "page": 1, "size": 10}
    assert names(api) == [f"Kim{number}" for number in range(11, 1, -1)]
    assert names(api, page=2) == ["Kim1", "Kim0"]
    assert names(api, page=3, size=5) == ["Kim1", "Kim0"]


def test_a_page_past_the_last_is_empty_and_still_tells_the_total(api: ApiClient, organization: Organization) -> None:
    make_contact(organization)

    assert listed(api, page=10_000, size=100) == {"data": [], "total": 1, "page": 10_000, "size": 100}


def test_an_organization_without_contacts_has_an_empty_list(api: ApiClient) -> None:
    assert listed(api) == {"data": [], "total": 0, "page": 1, "size": 10}


@pytest.mark.parametrize(
    "search",
    ["dana", "ANA", "whitfield", "dana whit", "dana.w@", "5550123", "+14165550123", "+1 (416) 555-0123", " Dana "],
)
def test_a_search_finds_by_part_of_name_number_or_address(
    api: ApiClient, organization: Organization, search: str
) -> None:
    make_contact(organization, first_name="Robin", phone_number="+14165550999")
    make_contact(
        organization, first_name="Dana", last_name="Whitfield", email="dana.w@example.com", phone_number=NUMBER
    )

    assert names(api, search=search) == ["Dana"]
    assert listed(api, search=search)["total"] == 1


@pytest.mark.parametrize("search", ["dana robin", "%", "_", "\\", "'", "+", "555 dana x"])
def test_a_search_that_matches_nobody_finds_nobody(api: ApiClient, organization: Organization, search: str) -> None:
    make_contact(organization, first_name="Dana", phone_number="+442079460018")

    assert names(api, search=search) == []


def test_source_is_compared_exactly_and_goes_together_with_search(api: ApiClient, organization: Organization) -> None:
    make_contact(organization, first_name="Dana", source="External Call")
    make_contact(organization, first_name="Robin", source="External Call")
    make_contact(organization, first_name="Dana2", source="Import")

    assert names(api, source="External Call") == ["Robin", "Dana"]
    assert names(api, source="External") == []
    assert names(api, source="External Call", search="dana") == ["Dana"]


def test_empty_filters_filter_nothing(api: ApiClient, organization: Organization) -> None:
    make_contact(organization, first_name="Dana")

    assert names(api, search="", source="") == ["Dana"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("page", value) for value in ("0", "-1", "10001", "x", "1.5", "", "1_0", "٣", "9" * 40)),
        *(("size", value) for value in ("0", "101", "x", "")),
        ("search", "x" * 201),
        ("search", "a\0b"),
        ("source", "x" * 51),
        ("source", "\0"),
        ("serach", "x"),
        ("organizationId", "64f0a1b2c3d4e5f6a7b8c9d3"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(api: ApiClient, name: str, value: str) -> None:
    assert_fault(api.get(CONTACTS, **{name: value}), name)


def test_a_repeated_parameter_is_refused(api: ApiClient) -> None:
    assert_fault(api.get(CONTACTS, page=["1", "2"]), "page")


@pytest.mark.parametrize("query", [{}, {"search": "Kim"}, {"source": "x"}, {"size": 100}])
def test_a_list_costs_user_page_and_count(api: ApiClient, organization: Organization, query: dict[str, Any]) -> None:
    for _ in range(12):
        make_contact(organization)

    with CaptureQueriesContext(connection) as captured:
        assert api.get(CONTACTS, **query).status == 200

    assert len(captured) == 3


# ---- One -----------------------------------------------------------------------------------------------------------


def test_a_contact_is_read_with_everything_that_it_has(api: ApiClient, organization: Organization, user: User) -> None:
    contact = make_contact(
        organization,
        user=user,
        last_name="Lee",
        phone_number=NUMBER,
        email="kim@example.com",
        source="Import",
    )

    answer = api.get(f"{CONTACTS}/{contact.pk}")

    assert answer.status == 200
    assert_is("ContactResponse", answer.body)
    found = answer.body["contact"]
    assert found.pop("createdAt") <= found.pop("updatedAt")
    assert found == {
        "_id": contact.pk,
        "organizationId": organization.pk,
        "userId": user.pk,
        "firstName": "Kim",
        "lastName": "Lee",
        "phoneNumber": NUMBER,
        "email": "kim@example.com",
        "source": "Import",
    }


def test_what_a_contact_does_not_have_is_left_out(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, first_name="")

    found = api.get(f"{CONTACTS}/{contact.pk}").body["contact"]

    assert set(found) == {"_id", "organizationId", "phoneNumber", "createdAt", "updatedAt"}


def test_an_unknown_contact_is_not_found(api: ApiClient) -> None:
    assert_refused(api.get(f"{CONTACTS}/{new_object_id()}"), 404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize("no_id", ["x", "0" * 23, "G" * 24, "0" * 25, "%00"])
def test_what_is_no_id_is_no_path(api: ApiClient, no_id: str) -> None:
    assert_refused(api.get(f"{CONTACTS}/{no_id}"), 404, "NOT_FOUND")


# ---- Look up -------------------------------------------------------------------------------------------------------


def test_a_contact_is_found_by_its_number(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, phone_number=NUMBER)

    answer = api.post(LOOK_UP, {"phoneNumber": NUMBER})

    assert (answer.status, answer.body["contact"]["_id"]) == (200, contact.pk)
    assert_is("ContactResponse", answer.body)


def test_a_number_of_nobody_is_not_found(api: ApiClient) -> None:
    assert_refused(api.post(LOOK_UP, {"phoneNumber": NUMBER}), 404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize(
    "number", [*NO_TEXTS, "", "4165550123", "+0165550123", "+1", "+1416555012345678", "+1416555O123", "sip:x@y"]
)
def test_what_is_no_number_is_refused_everywhere(api: ApiClient, organization: Organization, number: Any) -> None:
    contact = make_contact(organization)

    assert_fault(api.post(LOOK_UP, {"phoneNumber": number}), "phoneNumber")
    assert_fault(api.post(CONTACT, {"phoneNumber": number}), "phoneNumber")
    assert_fault(api.put(CONTACT, {"_id": contact.pk, "phoneNumber": number}), "phoneNumber")


# ---- Make ----------------------------------------------------------------------------------------------------------


def test_a_contact_is_made_for_the_users_organization(api: ApiClient, user: User) -> None:
    body = {"firstName": " Dana ", "lastName": "Whitfield", "phoneNumber": NUMBER, "email": "d@example.com"}

    answer = api.post(CONTACT, {**body, "source": "Website", "organizationId": new_object_id(), "more": {}})

    assert answer.status == 201, answer
    assert_is("ContactResponse", answer.body)
    contact = Contact.objects.get()
    assert answer.body == api.get(f"{CONTACTS}/{contact.pk}").body | {"success": True}
    assert (contact.organization_id, contact.user_id, contact.first_name) == (user.organization_id, user.pk, "Dana")
    assert (contact.phone_number, contact.email, contact.source) == (NUMBER, "d@example.com", "Website")


def test_a_number_is_all_that_a_contact_needs(api: ApiClient) -> None:
    assert api.post(CONTACT, {"phoneNumber": NUMBER, "firstName": "", "email": ""}).status == 201
    assert_fault(api.post(CONTACT, {"firstName": "Dana"}), "phoneNumber")


def test_a_second_contact_of_one_number_is_refused_and_the_first_stays(api: ApiClient) -> None:
    api.post(CONTACT, {"phoneNumber": NUMBER, "firstName": "Dana"})

    assert_refused(api.post(CONTACT, {"phoneNumber": NUMBER, "firstName": "Sam"}), 409, "CONTACT_EXISTS")

    assert Contact.objects.get().first_name == "Dana"


@pytest.mark.django_db(transaction=True)
def test_of_two_contacts_of_one_number_at_once_one_is_made(user: User) -> None:
    clients = [logged_in(user) for _ in range(4)]

    answers = at_once([partial(client.post, CONTACT, {"phoneNumber": NUMBER}) for client in clients])

    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("firstName", (*NO_TEXTS, "x" * 201)),
        ("lastName", (*NO_TEXTS, "x" * 201)),
        ("email", (*NO_TEXTS, "x", "x@", "@example.com", "a b@example.com", f"{'x' * 250}@example.com")),
        ("source", (*NO_TEXTS, "x" * 51)),
    ],
)
def test_a_field_that_cannot_be_is_refused(
    api: ApiClient, organization: Organization, name: str, values: tuple[Any, ...]
) -> None:
    contact = make_contact(organization)

    for value in values:
        created, changed = (
            api.post(CONTACT, {"phoneNumber": NUMBER, name: value}),
            api.put(CONTACT, {"_id": contact.pk, name: value}),
        )
        for answer in (created, changed):
            assert_refused(answer, 400, "VALIDATION_ERROR")
            assert {detail["path"] for detail in answer.body["error"]["details"]} == {name}
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(("method", "path"), [("POST", CONTACT), ("PUT", CONTACT), ("POST", LOOK_UP)])
def test_a_body_that_is_none_is_refused(api: ApiClient, method: str, path: str) -> None:
    assert_every_body_is_checked(api, method, path)


# ---- Change --------------------------------------------------------------------------------------------------------


def test_what_is_given_is_changed_and_nothing_else(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, last_name="Lee", email="kim@example.com", source="Import")
    other = make_contact(organization)

    answer = api.put(CONTACT, {"_id": contact.pk, "firstName": "Kimberley", "email": ""})

    assert answer.status == 200
    assert_is("ContactResponse", answer.body)
    assert answer.body == api.get(f"{CONTACTS}/{contact.pk}").body
    found = answer.body["contact"]
    assert (found["firstName"], found["lastName"], found["source"]) == ("Kimberley", "Lee", "Import")
    assert "email" not in found
    assert found["updatedAt"] >= found["createdAt"]
    other.refresh_from_db()
    assert other.first_name == "Kim"


def test_a_document_that_was_read_can_be_put_back(api: ApiClient, organization: Organization) -> None:
    document = api.get(f"{CONTACTS}/{make_contact(organization, last_name='Lee').pk}").body["contact"]

    answer = api.put(CONTACT, {**document, "phoneNumber": NUMBER, "organizationId": new_object_id()})

    assert answer.body["contact"] == {
        **document,
        "phoneNumber": NUMBER,
        "updatedAt": answer.body["contact"]["updatedAt"],
    }


def test_a_number_of_another_contact_is_refused(api: ApiClient, organization: Organization) -> None:
    make_contact(organization, phone_number=NUMBER)
    contact = make_contact(organization)

    assert_refused(api.put(CONTACT, {"_id": contact.pk, "phoneNumber": NUMBER}), 409, "CONTACT_EXISTS")

    assert Contact.objects.filter(phone_number=NUMBER).count() == 1


def test_its_own_number_is_no_other_contacts(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, phone_number=NUMBER)

    assert api.put(CONTACT, {"contactId": contact.pk, "phoneNumber": NUMBER}).status == 200


def test_an_unknown_contact_cannot_be_changed(api: ApiClient) -> None:
    assert_refused(api.put(CONTACT, {"_id": new_object_id(), "firstName": "x"}), 404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize("value", [*NO_TEXTS, "", "x", "0" * 25])
def test_what_is_no_id_names_no_contact(api: ApiClient, value: Any) -> None:
    assert_fault(api.put(CONTACT, {"_id": value}), "_id")
    assert_fault(api.put(CONTACT, {"contactId": value}), "contactId")


def test_a_change_names_one_contact(api: ApiClient) -> None:
    assert_fault(api.put(CONTACT, {"firstName": "x"}), "_id")
    assert_fault(api.put(CONTACT, {"_id": new_object_id(), "contactId": new_object_id()}), "contactId")


# ---- Delete --------------------------------------------------------------------------------------------------------


def test_a_contact_goes_with_its_conversations_and_its_calls_stay(
    api: ApiClient, organization: Organization, user: User
) -> None:
    contact, other = make_contact(organization), make_contact(organization)
    for talker in (contact, other):
        conversation = make_conversation(talker)
        call = make_call(user, contact=talker, conversation=conversation)
        make_message(conversation, call_id=call.pk)

    answer = api.delete(f"{CONTACTS}/{contact.pk}")

    assert (answer.status, answer.body) == (200, {"success": True, "message": "Contact deleted"})
    assert_is("DoneResponse", answer.body)
    assert list(Contact.objects.all()) == [other]
    assert Conversation.objects.get().contact == other
    assert Message.objects.get().contact == other
    assert list(Call.objects.order_by("id").values_list("contact_id", flat=True)) == [None, other.pk]
    calls = api.get("/api/calls/history").body["calls"]
    assert ["contactId" in call for call in calls] == [True, False]


@pytest.mark.parametrize("scope", ["contact", "number", "call"])
def test_values_of_a_contact_under_a_legal_hold_are_filled_in_and_not_replaced(
    api: ApiClient, organization: Organization, user: User, scope: str
) -> None:
    contact = make_contact(organization, first_name="Kim", last_name="", email="kim@example.com")
    covered: dict[str, dict[str, Any]] = {
        "contact": {"contact_id": contact.pk},
        "number": {"phone_number": contact.phone_number},
        "call": {"call_id": make_call(user, contact=contact).pk},
    }
    LegalHold.objects.create(organization=organization, scope=scope, reason="Claim 118", **covered[scope])

    for fields in ({"firstName": "Lee"}, {"email": ""}, {"phoneNumber": "+14165550133"}):
        if scope == "call":
            # That is kept of the call; whom the organization knows it is from goes on.
            assert api.put("/api/contact", {"_id": contact.pk, **fields}).status == 200
        else:
            assert_refused(api.put("/api/contact", {"_id": contact.pk, **fields}), 409, "LEGAL_HOLD")
    assert api.put("/api/contact", {"_id": contact.pk, "lastName": "Ng"}).status == 200
    contact.refresh_from_db()
    assert contact.full_name == ("Lee Ng" if scope == "call" else "Kim Ng")


def test_a_placeholder_is_named_under_a_legal_hold_too(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, first_name="Unknown", last_name="Caller", email="")
    LegalHold.objects.create(organization=organization, scope="contact", reason="Claim 118", contact_id=contact.pk)

    named = api.put("/api/contact", {"_id": contact.pk, "firstName": "Kim", "lastName": "Ng"})

    assert named.status == 200
    assert_refused(api.put("/api/contact", {"_id": contact.pk, "firstName": "Lee"}), 409, "LEGAL_HOLD")


@pytest.mark.parametrize("scope", ["contact", "number", "call", "period"])
def test_a_contact_that_a_legal_hold_covers_stays(
    api: ApiClient, organization: Organization, user: User, scope: str
) -> None:
    """Without it nobody would know any more which calls the hold is of, and they would be erased."""
    contact, other = make_contact(organization), make_contact(organization)
    call = make_call(user, contact=contact)
    covered: dict[str, dict[str, Any]] = {
        "contact": {"contact_id": contact.pk},
        "number": {"phone_number": contact.phone_number},
        "call": {"call_id": call.pk},
        "period": {"begins": call.start_time, "ends": call.start_time + timedelta(seconds=1)},
    }
    hold = LegalHold.objects.create(organization=organization, scope=scope, reason="Claim 118", **covered[scope])

    assert_refused(api.delete(f"{CONTACTS}/{contact.pk}"), 409, "LEGAL_HOLD")
    assert_refused(logged_in(make_user()).delete(f"{CONTACTS}/{contact.pk}"), 404, "CONTACT_NOT_FOUND")
    assert api.delete(f"{CONTACTS}/{other.pk}").status == 200

    assert Contact.objects.get() == contact
    LegalHold.objects.filter(pk=hold.pk).update(released_at=call.start_time)
    assert api.delete(f"{CONTACTS}/{contact.pk}").status == 200


def test_a_deleted_contact_is_gone_and_its_number_is_free(api: ApiClient, organization: Organization) -> None:
    contact = make_contact(organization, phone_number=NUMBER)
    api.delete(f"{CONTACTS}/{contact.pk}")

    assert_refused(api.get(f"{CONTACTS}/{contact.pk}"), 404, "CONTACT_NOT_FOUND")
    assert_refused(api.delete(f"{CONTACTS}/{contact.pk}"), 404, "CONTACT_NOT_FOUND")
    assert api.post(CONTACT, {"phoneNumber": NUMBER}).status == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_deletions_at_once_one_deletes(user: User, organization: Organization) -> None:
    contact = make_contact(organization)
    for number in range(5):
        make_call(
            user, contact=contact, conversation=make_conversation(contact, channel_identifier=f"+1416555{number}")
        )
    clients = [logged_in(user) for _ in range(3)]

    answers = at_once([partial(client.delete, f"{CONTACTS}/{contact.pk}") for client in clients])

    assert sorted(answer.status for answer in answers) == [200, 404, 404]
    assert Call.objects.filter(contact=None, conversation=None).count() == 5


@pytest.mark.django_db(transaction=True)
def test_calls_that_come_in_while_their_contact_is_deleted_are_all_kept(user: User, api: ApiClient) -> None:
    for _ in range(3):
        api.post(CONTACT, {"phoneNumber": "+14165550199"})
        known = Call.objects.count()
        contact = Contact.objects.get()
        posts = [partial(vendor_of(user).post, "/api/calls/ingest", missed_call_body()) for _ in range(5)]

        deleted, *ingested = at_once([partial(api.delete, f"{CONTACTS}/{contact.pk}"), *posts])

        assert (deleted.status, {answer.status for answer in ingested}) == (200, {201})
        assert Call.objects.count() == known + 5
        assert not Contact.objects.filter(pk=contact.pk).exists()
        for conversation in Conversation.objects.all():
            assert conversation.message_count == conversation.messages.count()


@pytest.mark.parametrize("calls", [1, 4])
def test_a_deletion_costs_the_same_however_many_calls(
    api: ApiClient, organization: Organization, user: User, calls: int
) -> None:
    contact = make_contact(organization)
    conversation = make_conversation(contact)
    for _ in range(calls):
        make_message(conversation, call_id=make_call(user, contact=contact, conversation=conversation).pk)

    with CaptureQueriesContext(connection) as captured:
        assert api.delete(f"{CONTACTS}/{contact.pk}").status == 200

    # Each kind of row that names a contact is one: notes, reminders, scheduled calls, texts, what agents are told. The
    # holds are one, or two.
    expected = 17 if connection.vendor == "postgresql" else 16
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == expected


# ---- Who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", CONTACTS, None),
        ("GET", f"{CONTACTS}/{'0' * 24}", None),
        ("DELETE", f"{CONTACTS}/{'0' * 24}", None),
        ("POST", CONTACT, {"phoneNumber": NUMBER}),
        ("PUT", CONTACT, {"_id": "0" * 24}),
        ("POST", LOOK_UP, {"phoneNumber": NUMBER}),
    ],
)
def test_nobody_may_without_a_token_or_with_an_api_key(user: User, method: str, path: str, body: Any) -> None:
    assert_only_a_member_may([ApiClient(), ApiClient("x"), vendor_of(user)], method, path, body)


@pytest.mark.parametrize("role", AccessRole)
def test_every_role_may_make_contacts(role: AccessRole) -> None:
    user = make_user(organization=make_organization(), access_role=role)

    assert logged_in(user).post(CONTACT, {"phoneNumber": NUMBER}).status == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", CONTACTS, "GET"),
        ("GET", CONTACT, "POST, PUT"),
        ("DELETE", CONTACT, "POST, PUT"),
        ("GET", LOOK_UP, "POST"),
        ("PUT", f"{CONTACTS}/{'0' * 24}", "DELETE, GET"),
    ],
)
def test_another_method_is_not_allowed(api: ApiClient, method: str, path: str, allowed: str) -> None:
    answer = api.request(method, path)

    assert_refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert set(allowed.split(", ")) <= set(answer.headers["Allow"].split(", "))
