"""Numbers of plans that changed are one telephone: one contact, one entry of the Do Not Call list, one dial."""

from __future__ import annotations

from functools import partial

import pytest

from calls.demo.simulator import Simulator
from calls.models import Call
from contacts.models import Contact
from conversations.models import Conversation
from tests.at_once import at_once
from tests.calls.api.ai.outbound import Office, make_office, outbound, simulating
from tests.calls.api.ingesting import ingest, ingested
from tests.calls.api.reading import found, ids
from tests.calls.partner.dialling import assert_placed, dial
from tests.calls.partner.partners import partner_of
from tests.calls.webhooks import twilio_office
from tests.clients import ApiClient, vendor_of
from tests.factories import make_call, make_contact, make_do_not_call, make_user, missed_call_body
from tests.refusals import assert_refused
from tests.statements import statements_made, with_one_write
from tether_calls.accounts.models import Organization, User

pytestmark = pytest.mark.django_db

# Old, and what it has become.
PLANS = [
    ("+5215512345670", "+525512345670"),
    ("+551187654320", "+5511987654320"),
    ("+22507123450", "+2250707123450"),
    ("+22997123450", "+2290197123450"),
    ("+841681234560", "+84381234560"),
    ("+4402079460010", "+442079460010"),
]
LOOK_UP = "/api/contacts/phoneNumber"


@pytest.mark.parametrize(("old", "today"), PLANS)
@pytest.mark.parametrize("first", [0, 1])
def test_pushed_calls_of_both_have_one_contact_and_one_conversation_and_keep_what_came(
    old: str, today: str, first: int, vendor: ApiClient, api: ApiClient
) -> None:
    told = [(old, today), (today, old)][first]

    answers = [ingested(vendor, missed_call_body(fromNumber=number)) for number in told]

    assert len({(answer["contactId"], answer["conversationId"]) for answer in answers}) == 1
    contact = Contact.objects.get()
    assert contact.phone_number == today
    assert [Call.objects.get(pk=answer["callId"]).from_number for answer in answers] == list(told)
    for number in told:
        assert api.post(LOOK_UP, {"phoneNumber": number}).body["contact"]["_id"] == contact.pk
        assert api.get("/api/contacts", search=number).body["total"] == 1
        assert set(found(api, fromNumber=number)) == set(found(api, q=number)) == {each["callId"] for each in answers}


@pytest.mark.parametrize(("old", "today"), PLANS)
@pytest.mark.parametrize("told", [0, 1])
def test_a_contact_that_was_kept_under_the_old_number_is_found_and_named(
    old: str, today: str, told: int, vendor: ApiClient, api: ApiClient, home: Organization
) -> None:
    contact = make_contact(home, phone_number=old, first_name="WIRELESS", last_name="CALLER")
    number = (old, today)[told]

    answer = ingested(vendor, missed_call_body(fromNumber=number, callerName="Kim Example"))

    assert answer["contactId"] == contact.pk
    contact.refresh_from_db()
    assert contact.full_name == "Kim Example"
    assert api.post(LOOK_UP, {"phoneNumber": number}).body["contact"]["_id"] == contact.pk
    assert_refused(api.post("/api/contact", {"phoneNumber": number}), 409, "CONTACT_EXISTS")
    assert Contact.objects.count() == 1


def test_another_contacts_old_number_is_taken(api: ApiClient, home: Organization) -> None:
    kept, other = make_contact(home, phone_number="+5215512345670"), make_contact(home)

    assert_refused(api.put("/api/contact", {"_id": other.pk, "phoneNumber": "+525512345670"}), 409, "CONTACT_EXISTS")
    assert api.put("/api/contact", {"_id": kept.pk, "phoneNumber": "+525512345670"}).status == 200


@pytest.mark.parametrize(("old", "today"), PLANS)
def test_another_organizations_contact_is_not_taken(
    old: str, today: str, vendor: ApiClient, api: ApiClient, other_user: User
) -> None:
    assert other_user.organization is not None
    theirs = make_contact(other_user.organization, phone_number=old)

    assert_refused(api.post(LOOK_UP, {"phoneNumber": today}), 404, "CONTACT_NOT_FOUND")
    assert ingested(vendor, missed_call_body(fromNumber=old))["contactId"] != theirs.pk


@pytest.mark.django_db(transaction=True)
def test_of_both_at_once_one_contact_is_made(user: User) -> None:
    vendors = [vendor_of(make_user(organization=user.organization)) for _ in range(6)]
    told = ["+5215512345670", "+525512345670"] * 3

    answers = at_once(
        [partial(ingest, vendor, missed_call_body(fromNumber=each)) for vendor, each in zip(vendors, told, strict=True)]
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["conversationId"] for answer in answers}) == 1
    assert Contact.objects.count() == Conversation.objects.count() == 1


@pytest.mark.parametrize("number", ["+14165550123", "+5215512345670", "+525512345670", "+442079460010"])
def test_a_call_costs_as_many_statements_however_many_spellings_its_number_has(number: str, vendor: ApiClient) -> None:
    ingested(vendor, missed_call_body())
    for count in (7, 5, 5):
        with statements_made() as made:
            ingested(vendor, missed_call_body(fromNumber=number))
        assert len(made) == with_one_write(count)


@pytest.mark.parametrize(("old", "today"), PLANS)
def test_a_contact_under_the_old_number_costs_no_statement_more(
    old: str, today: str, vendor: ApiClient, home: Organization
) -> None:
    contact = make_contact(home, phone_number=old)
    ingested(vendor, missed_call_body())
    for count in (6, 5, 5):
        with statements_made() as made:
            assert ingested(vendor, missed_call_body(fromNumber=today))["contactId"] == contact.pk
        assert len(made) == with_one_write(count)


@pytest.mark.parametrize(("old", "today"), PLANS)
def test_where_there_are_two_contacts_the_one_with_todays_number_is_taken_with_its_own_conversation(
    old: str, today: str, vendor: ApiClient, home: Organization
) -> None:
    contact = make_contact(home, phone_number=old)
    talked = ingested(vendor, missed_call_body(fromNumber=old))
    assert talked["contactId"] == contact.pk
    of_today = make_contact(home, phone_number=today)

    answers = [ingested(vendor, missed_call_body(fromNumber=number)) for number in (old, today)]

    assert {answer["contactId"] for answer in answers} == {of_today.pk}
    conversations = {answer["conversationId"] for answer in answers}
    assert len(conversations) == 1
    assert talked["conversationId"] not in conversations


def test_calls_over_both_spellings_of_our_own_number_are_one_conversation(vendor: ApiClient) -> None:
    answers = [ingested(vendor, missed_call_body(toNumber=number)) for number in ("+5215512345670", "+525512345670")]

    assert len({answer["conversationId"] for answer in answers}) == 1
    assert Conversation.objects.get().channel_identifier == "+525512345670"


@pytest.mark.parametrize("told", ["+5215512345670", "+525512345670"])
def test_a_carriers_call_finds_its_contact_in_either_spelling(told: str, user: User) -> None:
    twilio_office.make_account(user)
    twilio_office.make_number(user)
    assert user.organization is not None
    contact = make_contact(user.organization, phone_number="+525512345670")

    twilio_office.deliver("inbound", twilio_office.request("voice_inbound", From=told))

    call = Call.objects.get()
    assert (call.from_number, call.contact_id) == (told, contact.pk)


# ---- Do Not Call, and dials ----------------------------------------------------------------------------------------


@pytest.fixture
def partner(user: User) -> ApiClient:
    return partner_of(user)


@pytest.mark.parametrize(("old", "today"), PLANS)
def test_a_number_on_the_list_is_not_dialled_in_any_spelling(
    old: str, today: str, api: ApiClient, user: User, partner: ApiClient, home: Organization
) -> None:
    with simulating() as simulator:
        _office(user, simulator)
        contact = make_contact(home, phone_number=old)
        for listed in (old, today):
            entry = make_do_not_call(home, phone_number=listed)
            for number in (old, today):
                assert_refused(outbound(api, phoneNumber=number), 400, "DO_NOT_CALL")
                assert dial(partner, phone_number=number).body["error"] == "do_not_call"
            assert_refused(outbound(api, contactId=contact.pk), 400, "DO_NOT_CALL")
            entry.delete()
        assert simulator.happened()["dials"] == 0


@pytest.mark.parametrize(("old", "today"), PLANS)
def test_what_is_dialled_is_the_number_of_today(
    old: str, today: str, api: ApiClient, user: User, partner: ApiClient, home: Organization
) -> None:
    with simulating() as simulator:
        office = _office(user, simulator)
        contact = make_contact(home, phone_number=old)

        assert outbound(api, contactId=contact.pk).status == 200
        call = Call.objects.get()
        assert (call.to_number, call.contact_id) == (today, contact.pk)
        # The same call, in another spelling: it is being placed.
        assert outbound(api, phoneNumber=old).body["deduplicated"]
        placed = dial(partner, phone_number=old, agent_id=office.agent.pk, contact_id=contact.pk)
        assert (placed.status, placed.body["phone_number"]) == (200, today)
        assert simulator.happened()["dials"] == 1
        assert Contact.objects.filter(phone_number__in=(old, today)).count() == 1


def test_a_number_that_is_dialled_first_becomes_a_contact_with_the_number_of_today(
    user: User, partner: ApiClient
) -> None:
    with simulating() as simulator:
        _office(user, simulator)

        call = assert_placed(dial(partner, phone_number="+52 1 55 1234 5670"))

    assert call.to_number == "+525512345670"
    assert call.contact is not None
    assert call.contact.phone_number == "+525512345670"


def test_history_finds_a_dial_by_what_the_number_was(api: ApiClient, user: User) -> None:
    call = make_call(user, to_number="+525512345670")

    assert found(api, toNumber="+5215512345670") == found(api, q="52 1 55 1234 5670") == ids(call)


def _office(user: User, simulator: Simulator) -> Office:
    office = make_office(user, simulator)
    office.number.ai_agent = office.agent
    office.number.save()
    return office
