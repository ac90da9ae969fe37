"""Finding calls in the admin."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from calls.models import Call
from contacts.models import Contact
from contacts.services.notes import create_note
from tests.admin_site import found, list_of, listed, make_recording, statements_of, text_of
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call, make_contact, make_prompt
from tether_calls.accounts.models import User
from tether_calls.accounts.wallet import hold, open_wallet, top_up


@pytest.fixture
def call(user: User) -> Call:
    """A call of Priya Shah, with everything staff may know it by."""
    assert user.organization is not None
    contact = make_contact(
        user.organization, first_name="Priya", last_name="Shah", phone_number="+16475550123", email="priya@example.com"
    )
    return make_call(
        user,
        contact=contact,
        direction="inbound",
        status="busy",
        provider="sinch",
        from_number="+16475550123",
        to_number="+14165550111",
        provider_call_id="CA0123456789",
        external_call_id="vendor/42",
        agent_name="Mia (Example Dental)",
        start_time=datetime(2026, 3, 10, 12, tzinfo=UTC),
    )


@pytest.fixture
def another(user: User) -> Call:
    """A call that no search of these tests is for."""
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Daniel", phone_number="+13105550999")
    return make_call(user, contact=contact, to_number="+13105550999", start_time=datetime(2026, 4, 1, tzinfo=UTC))


BY_WHAT_STAFF_KNOW = [
    "+16475550123",
    "16475550123",
    "+1 (647) 555-0123",
    "5550123",
    "647-555",
    "+14165550111",
    "Priya",
    "shah priya",
    "SHAH",
    "priya@example.com",
    "CA0123456789",
    "vendor/42",
]


def test_a_search_finds_a_call_by_what_staff_know_of_it(root: Client, staff: Client, call: Call, another: Call) -> None:
    for client in (root, staff):
        rows = {text: listed(client, Call, q=text) for text in BY_WHAT_STAFF_KNOW}
        assert {text: calls for text, calls in rows.items() if calls != [call]} == {}


def test_a_search_finds_a_call_by_its_id(root: Client, staff: Client, call: Call, another: Call) -> None:
    for client in (root, staff):
        assert found(client, Call, q=f" {call.pk} ") == [call]


WHAT_THERE_IS_NOT = ["Nobody", "+16475550124", "CA01234", "%", "_", "'", "vendor"]


def test_a_search_for_what_there_is_not_finds_nothing(root: Client, staff: Client, call: Call) -> None:
    for client in (root, staff):
        rows = {text: listed(client, Call, q=text) for text in WHAT_THERE_IS_NOT}
        assert {text: calls for text, calls in rows.items() if calls} == {}
        assert found(client, Call, q="<Nobody>") == []


def test_staff_find_no_call_of_another_organization_by_anything(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    contact = make_contact(other_user.organization, first_name="Priya", phone_number="+16475550123")
    foreign = make_call(
        other_user, contact=contact, from_number="+16475550123", provider_call_id="CA9", external_call_id="vendor-9"
    )
    for text in ("Priya", "+16475550123", "CA9", "vendor-9", foreign.pk):
        assert listed(staff, Call, q=text) == []


def test_a_superuser_searches_in_one_organization(root: Client, user: User, other_user: User) -> None:
    mine, theirs = (make_call(someone, from_number="+16475550123") for someone in (user, other_user))
    assert set(found(root, Call, q="+16475550123")) == {mine, theirs}
    chosen = {"organization__id__exact": other_user.organization_id}
    assert found(root, Call, q="+16475550123", **chosen) == [theirs]


FILTERS = [
    {"status__exact": "busy"},
    {"direction__exact": "inbound"},
    {"provider__exact": "sinch"},
    {"agent_name": "mia (ex"},
    {"start_time_from": "2026-03-10", "start_time_to": "2026-03-10"},
    {"start_time_to": "2026-03-31"},
    {"status__exact": "busy", "q": "Priya"},
]


def test_a_filter_leaves_the_calls_it_names(root: Client, staff: Client, call: Call, another: Call) -> None:
    left = {str(query): (found(staff, Call, **query), listed(root, Call, **query)) for query in FILTERS}
    assert left == dict.fromkeys(left, ([call], [call]))
    assert len(left) == len(FILTERS)


def test_calls_are_filtered_by_contact_conversation_and_agent(staff: Client, user: User, call: Call) -> None:
    assert user.organization is not None
    assert found(staff, Call, contact__id__exact=call.contact_id) == [call]
    agent = make_prompt(user.organization, name="Robin")
    of_agent = make_call(user, ai_agent=agent)
    assert found(staff, Call, ai_agent__id__exact=agent.pk) == [of_agent]
    assert "Robin" in text_of(staff.get(list_of(Call), {"ai_agent__id__exact": agent.pk}))


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "9999-12-31"])
def test_a_day_that_is_none_finds_nothing_and_says_so(staff: Client, call: Call, day: str) -> None:
    page = staff.get(list_of(Call), {"start_time_to": day, "start_time_from": day})
    assert page.status_code == 200
    assert list(page.context["cl"].result_list) == []


def test_a_day_is_explained_where_it_is_not_understood(staff: Client, call: Call) -> None:
    assert "Dates are written like" in text_of(staff.get(list_of(Call), {"start_time_from": "yesterday"}))


def test_an_organization_s_calls_come_newest_start_first(staff: Client, root: Client, user: User) -> None:
    later = make_call(user, start_time=datetime(2026, 3, 2, tzinfo=UTC))
    earlier = make_call(user, start_time=datetime(2026, 3, 1, tzinfo=UTC))
    assert found(staff, Call) == [later, earlier]
    assert found(root, Call, organization__id__exact=user.organization_id) == [later, earlier]
    # Across organizations by when they were made, which an index has in order.
    assert found(root, Call) == [earlier, later]


def test_the_list_shows_a_call_on_two_lines(staff: Client, call: Call) -> None:
    line = text_of(staff.get(list_of(Call)))
    for text in (
        "Inbound",
        "10 Mar 2026",
        "12:00",
        "+16475550123",
        "+14165550111",
        "Priya Shah",
        "Busy",
        "Sinch",
        "Mia (Ex",
        "1:00",
    ):
        assert text in line


QUERIES: list[dict[str, str]] = [{}, {"q": "Kim"}, {"status__exact": "completed"}]


def test_the_list_costs_as_many_statements_for_fifty_calls_as_for_one(root: Client, staff: Client, user: User) -> None:
    assert user.organization is not None
    agent, tag = make_prompt(user.organization), make_tag(user.organization, "Refund")
    disposition = make_disposition(user.organization, "Sold")
    contacts = [make_contact(user.organization, first_name="Kim") for _ in range(5)]
    open_wallet(organization_id=user.organization.pk)
    top_up(organization_id=user.organization.pk, amount=Decimal(1000), note="Cheque", made_by=user)

    def make(contact: Contact) -> Call:
        made = make_call(user, contact=contact, ai_agent=agent, disposition=disposition, status="completed")
        put_on(made, tag)
        make_recording(made)
        hold(organization_id=made.organization_id, call_id=made.pk, amount=Decimal(1), rate=Decimal(1))
        create_note(
            organization_id=made.organization_id, user=user, contact_id=contact.pk, note="Likes tea.", call_id=made.pk
        )
        return made

    def counts() -> dict[str, int]:
        return {
            f"{who}, {query}": len(statements_of(client, list_of(Call), **query))
            for who, client in (("root", root), ("staff", staff))
            for query in QUERIES
        }

    make(contacts[0])
    for client in (root, staff):
        found(client, Call)  # what is read once per process
    one = counts()
    for contact in contacts:
        for _ in range(10):
            make(contact)
    assert counts() == one
    # PostgreSQL is told how to read them, in two transactions of three statements; a search is written down.
    for_postgresql = 6 if connection.vendor == "postgresql" else 0
    assert {case: count for case, count in one.items() if count > (18 if "'q'" in case else 13) + for_postgresql} == {}


def test_the_list_does_not_read_what_it_does_not_show(staff: Client, call: Call) -> None:
    lists = [sql for sql in statements_of(staff, list_of(Call)) if '"from_number"' in sql]
    assert lists
    for column in ("ai_transcript", "ai_summary", "metadata", "provider_metadata"):
        assert not any(f'"{column}"' in sql for sql in lists)
    # Of a summary the beginning, and only of the calls on the page.
    assert not any(re.search(r'(?<!LEFT\()(?<!SUBSTR\()"calls_call"\."ai_summary"', sql) for sql in lists)


def test_a_list_escapes_what_strangers_wrote(staff: Client, user: User) -> None:
    assert user.organization is not None
    script = "<script>x</script>"
    contact = make_contact(user.organization, first_name=script, last_name=script)
    make_call(user, contact=contact, from_number=script, to_number=script, agent_name=script)
    assert script.encode() not in staff.get(list_of(Call)).content


def test_a_call_of_nobody_who_is_known_has_its_number_once_in_its_story(staff: Client, user: User) -> None:
    make_call(user, contact=None, direction="inbound", from_number="+16475550123", ai_summary="")

    page = staff.get(list_of(Call)).content.decode()

    [story] = re.findall(r'<span class="tether-story">.*?</a>', page, re.DOTALL)
    assert story.count("+16475550123") == 1
    assert "No summary" in story
