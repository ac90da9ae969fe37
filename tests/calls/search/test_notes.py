"""A call is found by what is written of it, as by what was said in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from calls.models import Call, CallWords
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle.apply_report import apply_report
from calls.services.search.index_calls import index_calls
from contacts.models import Contact, ContactNote
from tests.admin_site import list_of, rows_shown
from tests.calls.partner.partners import partner_of
from tests.calls.search.searching import PARTNER_SEARCH, found, make_talk, search, texts
from tests.clients import ApiClient
from tests.factories import make_call, make_contact
from tests.statements import statements_made
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

NOTES = "/api/contact-notes"


def write(api: ApiClient, call: Call, note: str, **fields: Any) -> str:
    answer = api.post(NOTES, {"contactId": call.contact_id, "callId": call.pk, "note": note, **fields})
    assert answer.status == 201, answer
    written: str = answer.body["data"]["_id"]
    return written


def customer_of(user: User) -> Contact:
    assert user.organization is not None
    return make_contact(user.organization)


@pytest.fixture
def call(user: User) -> Call:
    """One in which nothing was said yet."""
    return make_call(user, contact=customer_of(user))


def test_a_call_without_a_word_is_found_by_its_note(api: ApiClient, call: Call) -> None:
    assert found(api, "wombat") == []
    write(api, call, "Asked for the <b>wombat</b> & left.")

    (hit,) = search(api, "wombat")["hits"]
    assert hit["call"]["_id"] == call.pk
    assert hit["matches"] == [
        {"role": "note", "text": "Asked for the &lt;b&gt;<mark>wombat</mark>&lt;/b&gt; &amp; left."}
    ]


def test_a_note_that_changes_is_found_by_what_it_says_now(api: ApiClient, call: Call) -> None:
    note_id = write(api, call, "A wombat.")
    assert api.patch(f"{NOTES}/{note_id}", {"note": "A platypus."}).status == 200

    assert (found(api, "wombat"), found(api, "platypus")) == ([], [call.pk])


def test_a_note_that_is_deleted_is_gone_from_searches(api: ApiClient, call: Call) -> None:
    first, second = write(api, call, "A wombat."), write(api, call, "A platypus.")
    assert api.delete(f"{NOTES}/{first}").status == 200
    assert (found(api, "wombat"), found(api, "platypus")) == ([], [call.pk])

    assert api.delete(f"{NOTES}/{second}").status == 200
    assert found(api, "platypus") == []
    assert not CallWords.objects.exists()


def test_a_later_report_keeps_the_words_of_the_notes(api: ApiClient, user: User, call: Call) -> None:
    write(api, call, "A wombat.")
    report = CallReport(
        provider="elevenlabs", provider_call_id=None, transcript=(TranscriptTurn("agent", "A platypus.", None),)
    )
    apply_report(organization_id=user.home_id, call_id=call.pk, report=report)

    assert found(api, "wombat platypus") == [call.pk]


def test_an_earlier_start_moves_a_call_that_has_notes_only(api: ApiClient, user: User, call: Call) -> None:
    write(api, call, "A wombat.")
    report = CallReport(provider="elevenlabs", provider_call_id=None, start_time=datetime(2024, 1, 1, tzinfo=UTC))
    apply_report(organization_id=user.home_id, call_id=call.pk, report=report)

    assert found(api, "wombat", endDate="2024-01-02") == [call.pk]
    assert found(api, "wombat", startDate="2024-01-02") == []


def test_words_of_a_note_and_of_the_call_are_found_together_but_make_no_phrase(api: ApiClient, user: User) -> None:
    call = make_talk(user, "Send a plumber", contact=customer_of(user))
    write(api, call, "On Friday.")
    write(api, call, "Or on Monday.")

    assert found(api, "plumber friday monday") == [call.pk]
    assert found(api, '"plumber on"') == found(api, '"friday or"') == []
    assert texts(api, "plumber friday") == ["Send a <mark>plumber</mark>", "On <mark>Friday</mark>."]


def test_what_one_side_said_is_no_note(api: ApiClient, user: User) -> None:
    call = make_talk(user, "Hello.", contact=customer_of(user))
    write(api, call, "A wombat.")

    assert found(api, "wombat", role="agent") == found(api, "wombat", role="user") == []


def test_a_number_in_a_note_is_found_in_every_spelling(api: ApiClient, call: Call) -> None:
    write(api, call, "Call back at 416 555 0123, please.")

    assert found(api, "+1 (416) 555-0123") == [call.pk]


def test_a_summary_is_not_shown_twice(api: ApiClient, vendor: ApiClient, user: User) -> None:
    """It is the call's, and a note of the contact."""
    contact = customer_of(user)
    call = make_talk(user, contact=contact, ai_summary="A wombat.")
    ContactNote.objects.create(
        organization_id=user.home_id, contact=contact, call_id=call.pk, type="ai_summary", note="A wombat."
    )

    assert [match["role"] for match in search(api, "wombat")["hits"][0]["matches"]] == ["summary"]


def test_notes_of_the_contact_alone_find_no_call(api: ApiClient, call: Call) -> None:
    api.post(NOTES, {"contactId": call.contact_id, "note": "A wombat."})

    assert found(api, "wombat") == []


def test_a_note_costs_no_search_of_another_organization(api: ApiClient, other_api: ApiClient, call: Call) -> None:
    write(api, call, "A wombat.")

    assert found(other_api, "wombat") == []


def test_partners_and_staff_find_it_as_well(
    api: ApiClient, staff: Client, root: Client, call: Call, user: User
) -> None:
    write(api, call, "A wombat.")

    (hit,) = partner_of(user).get(PARTNER_SEARCH, q="wombat").body["hits"]
    assert (hit["call"]["id"], hit["matches"][0]["role"], hit["matches"][0]["turn"]) == (call.pk, "note", None)
    for client in (staff, root):
        answer = client.get(list_of(Call), {"q": "wombat"})
        assert [row.pk for row in rows_shown(answer)] == [call.pk]
        assert "A <mark>wombat</mark>." in answer.content.decode()


def test_the_command_finds_notes_of_calls_without_text(api: ApiClient, call: Call) -> None:
    ContactNote.objects.create(
        organization_id=call.organization_id, contact_id=call.contact_id, call_id=call.pk, note="A wombat."
    )
    assert found(api, "wombat") == []

    assert sum(slice_.written for slice_ in index_calls()) == 1
    assert found(api, "wombat") == [call.pk]
    call_command("index_calls", "--all", verbosity=0)
    assert found(api, "wombat") == [call.pk]


def test_of_many_notes_the_newest_are_searched(api: ApiClient, call: Call) -> None:
    kept = {"organization_id": call.organization_id, "contact_id": call.contact_id, "call_id": call.pk}
    ContactNote.objects.bulk_create(ContactNote(**kept, note=f"w{number}") for number in range(200))
    write(api, call, "A wombat.")

    assert found(api, "wombat w199 w1") == [call.pk]
    assert found(api, "w0") == []


def test_a_note_of_a_call_costs_three_statements_more_than_one_of_a_contact(api: ApiClient, call: Call) -> None:
    with statements_made() as of_contact:
        api.post(NOTES, {"contactId": call.contact_id, "note": "A wombat."})
    with statements_made() as of_call:
        write(api, call, "A wombat.")

    # That the call is there; then it is locked, its notes are read, its words written.
    assert len(of_call) == len(of_contact) + 4
