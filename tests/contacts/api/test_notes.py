"""/api/contact-notes: what is written of contacts, by whom it is changed, and what calls leave there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from calls.models import Call, LegalHold, WebhookMessage
from calls.reports import CallReport
from calls.services.lifecycle.apply_report import apply_report
from calls.services.webhooks_out.fan_out import fan_out
from contacts.models import Contact, ContactNote
from tests.calls.api.ingesting import ingested
from tests.calls.api.pushes.pushing import results
from tests.calls.services.webhooks_out.receiving import subscribed
from tests.clients import ApiClient, logged_in
from tests.contract.components import assert_is
from tests.factories import UNKNOWN_ID, ingest_body, make_call, make_contact, make_user, missed_call_body
from tests.refusals import assert_refused
from tether_calls.accounts.models import AccessRole, Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

NOTES = "/api/contact-notes"


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture
def contact(organization: Organization) -> Contact:
    return make_contact(organization)


@pytest.fixture
def writer(organization: Organization) -> User:
    """Who may write, and change only what is theirs."""
    return make_user(organization=organization, access_role=AccessRole.SALES_REP)


def written(api: ApiClient, contact: Contact, note: str = "Hello.", **more: Any) -> dict[str, Any]:
    answer = api.post(NOTES, {"contactId": contact.pk, "note": note, **more})
    assert answer.status == 201, answer
    assert_is("ContactNoteResponse", answer.body)
    document: dict[str, Any] = answer.body["data"]
    return document


def listed(api: ApiClient, **query: Any) -> dict[str, Any]:
    answer = api.get(NOTES, **query)
    assert answer.status == 200, answer
    assert_is("ContactNotesPageResponse", answer.body)
    page: dict[str, Any] = answer.body
    return page


def test_a_note_is_written_and_told(api: ApiClient, user: User, contact: Contact) -> None:
    call, colleague = make_call(user, contact=contact), make_user(organization=user.organization)

    document = written(api, contact, " Likes tea. ", mentions=[colleague.pk, colleague.pk], callId=call.pk)

    assert document == {
        "_id": ContactNote.objects.get().pk,
        "contactId": contact.pk,
        "userId": {"_id": user.pk, "fullName": "Robin Example", "email": user.email},
        "note": "Likes tea.",
        "type": "manual",
        "callId": call.pk,
        "mentions": [colleague.pk],
        "isEdited": False,
        "createdAt": document["createdAt"],
        "updatedAt": document["updatedAt"],
    }
    event = EventLog.objects.get(name="note_created")
    assert event.data == {"note": document, "contactId": contact.pk, "callId": call.pk}
    assert (event.call_id, event.organization_id) == (call.pk, user.organization_id)


def test_a_user_finds_the_notes_that_mention_them(
    api: ApiClient, user: User, contact: Contact, writer: User, other_user: User
) -> None:
    colleague = logged_in(writer)
    note = written(api, contact, mentions=[writer.pk])
    written(api, contact, mentions=[user.pk])

    assert [each["_id"] for each in listed(colleague, mentioned="me")["data"]] == [note["_id"]]
    assert listed(logged_in(other_user), mentioned="me")["data"] == []

    api.patch(f"{NOTES}/{note['_id']}", {"mentions": []})
    assert listed(colleague, mentioned="me", contactId=contact.pk)["data"] == []


def test_a_note_keeps_whom_it_mentions_though_they_have_left(api: ApiClient, contact: Contact, writer: User) -> None:
    note = written(api, contact, mentions=[writer.pk])
    User.objects.filter(pk=writer.pk).update(organization=make_user().organization)

    answer = api.patch(f"{NOTES}/{note['_id']}", {"note": "Changed.", "mentions": [writer.pk]})

    assert (answer.status, answer.body["data"]["mentions"]) == (200, [writer.pk])
    assert listed(logged_in(User.objects.get(pk=writer.pk)), mentioned="me")["data"] == []


def test_a_note_of_no_call_is_told_without_one(api: ApiClient, contact: Contact) -> None:
    document = written(api, contact)

    assert "callId" not in document
    assert EventLog.objects.get(name="note_created").data == {"note": document, "contactId": contact.pk}


def test_webhooks_tell_of_it(api: ApiClient, user: User, contact: Contact) -> None:
    subscribed(user, "https://crm.example.com/hook", "contact.note")
    document = written(api, contact)

    fan_out()

    message = WebhookMessage.objects.get()
    body = json.loads(message.body)
    assert (message.event_type, body["event_type"]) == ("contact.note", "contact.note")
    assert_is("WebhookNoteMessage", body)
    assert body["note"] == {
        "id": document["_id"],
        "contact_id": contact.pk,
        "call_id": None,
        "user": {"id": user.pk, "full_name": "Robin Example", "email": user.email},
        "note": "Hello.",
        "type": "manual",
        "mentions": [],
        "created_at": document["createdAt"],
    }


def test_who_did_not_subscribe_to_notes_gets_none(api: ApiClient, user: User, contact: Contact) -> None:
    subscribed(user, "https://crm.example.com/hook", "call.ended")
    written(api, contact)

    fan_out()

    assert not WebhookMessage.objects.exists()


def test_they_are_listed_newest_first_page_by_page(api: ApiClient, user: User, contact: Contact) -> None:
    notes = [written(api, contact, f"Note {number}") for number in range(3)]
    written(api, make_contact(contact.organization))

    first, second = listed(api, contactId=contact.pk, limit=2), listed(api, contactId=contact.pk, limit=2, offset=2)

    assert [note["_id"] for note in first["data"] + second["data"]] == [note["_id"] for note in reversed(notes)]
    assert first["pagination"] == {"total": 3, "limit": 2, "offset": 0, "hasMore": True}
    assert second["pagination"] == {"total": 3, "limit": 2, "offset": 2, "hasMore": False}


def test_they_are_listed_by_call(api: ApiClient, user: User, contact: Contact) -> None:
    call = make_call(user, contact=contact)
    written(api, contact)
    of_call = written(api, contact, callId=call.pk)

    assert [note["_id"] for note in listed(api, callId=call.pk)["data"]] == [of_call["_id"]]
    assert listed(api, callId=call.pk, contactId=make_contact(contact.organization).pk)["data"] == []


@pytest.mark.parametrize(
    "query", [{}, {"contactId": "x"}, {"callId": "x"}, {"contactId": UNKNOWN_ID, "limit": 101}, {"contact": UNKNOWN_ID}]
)
def test_a_list_of_what_nobody_knows_is_refused(query: dict[str, Any], api: ApiClient) -> None:
    assert_refused(api.get(NOTES, **query), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"note": "x"}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}"}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}", "note": " "}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}", "note": "x" * 10_001}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}", "note": "x", "mentions": [UNKNOWN_ID]}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}", "note": "x", "mentions": "x"}, 400, "VALIDATION_ERROR"),
        ({"contactId": "{contact}", "note": "x", "callId": UNKNOWN_ID}, 404, "CALL_NOT_FOUND"),
        ({"contactId": UNKNOWN_ID, "note": "x"}, 404, "CONTACT_NOT_FOUND"),
    ],
)
def test_a_faulty_note_is_not_kept(
    body: dict[str, Any], status: int, code: str, api: ApiClient, contact: Contact
) -> None:
    filled = {name: contact.pk if value == "{contact}" else value for name, value in body.items()}

    assert_refused(api.post(NOTES, filled), status, code)

    assert not ContactNote.objects.exists()
    assert not EventLog.objects.exists()


def test_ones_own_note_is_changed_and_marked(writer: User, contact: Contact) -> None:
    own = logged_in(writer)
    note = written(own, contact)

    answer = own.patch(f"{NOTES}/{note['_id']}", {"note": "Goodbye.", "mentions": [writer.pk]})

    assert answer.status == 200, answer
    changed = answer.body["data"]
    assert (changed["note"], changed["mentions"], changed["isEdited"]) == ("Goodbye.", [writer.pk], True)
    assert changed["userId"]["_id"] == writer.pk


def test_anothers_note_is_for_administrators_to_change_and_delete(
    api: ApiClient, writer: User, contact: Contact
) -> None:
    note = written(api, contact)
    path = f"{NOTES}/{note['_id']}"
    other = logged_in(writer)

    assert_refused(other.patch(path, {"note": "Mine"}), 403, "FORBIDDEN")
    assert_refused(other.request("DELETE", path), 403, "FORBIDDEN")
    assert ContactNote.objects.get().note == "Hello."

    theirs = written(other, contact)
    assert api.patch(f"{NOTES}/{theirs['_id']}", {"note": "Put right"}).body["data"]["isEdited"] is True
    assert api.request("DELETE", f"{NOTES}/{theirs['_id']}").status == 200
    assert list(ContactNote.objects.values_list("pk", flat=True)) == [note["_id"]]


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": None}, {"mentions": [UNKNOWN_ID]}])
def test_a_faulty_change_changes_nothing(body: dict[str, Any], api: ApiClient, contact: Contact) -> None:
    note = written(api, contact)

    assert_refused(api.patch(f"{NOTES}/{note['_id']}", body), 400, "VALIDATION_ERROR")

    assert (ContactNote.objects.get().note, ContactNote.objects.get().is_edited) == ("Hello.", False)


def test_a_note_that_is_not_there_is_neither_changed_nor_deleted(api: ApiClient) -> None:
    assert_refused(api.patch(f"{NOTES}/{UNKNOWN_ID}", {"note": "x"}), 404, "NOTE_NOT_FOUND")
    assert_refused(api.request("DELETE", f"{NOTES}/{UNKNOWN_ID}"), 404, "NOTE_NOT_FOUND")


@pytest.mark.parametrize("scope", ["contact", "number", "call"])
def test_under_a_legal_hold_a_note_stays_as_it_was_written(
    api: ApiClient, user: User, contact: Contact, scope: str
) -> None:
    call = make_call(user, contact=contact)
    note = written(api, contact, "Hello.", callId=call.pk)
    other = written(api, contact, "Of no call.")
    covers = {
        "contact": {"contact_id": contact.pk},
        "number": {"phone_number": contact.phone_number},
        "call": {"call_id": call.pk},
    }
    hold = LegalHold.objects.create(organization_id=user.home_id, scope=scope, reason="Claim", **covers[scope])

    assert_refused(api.delete(f"{NOTES}/{note['_id']}"), 409, "LEGAL_HOLD")
    assert_refused(api.patch(f"{NOTES}/{note['_id']}", {"note": "Bye."}), 409, "LEGAL_HOLD")
    assert api.patch(f"{NOTES}/{note['_id']}", {"note": "Hello.", "mentions": [user.pk]}).status == 200
    assert api.delete(f"{NOTES}/{other['_id']}").status == (200 if scope == "call" else 409)
    assert ContactNote.objects.get(pk=note["_id"]).note == "Hello."
    assert written(api, contact, "More.")["note"] == "More."

    LegalHold.objects.filter(pk=hold.pk).update(released_at=timezone.now())
    assert api.delete(f"{NOTES}/{note['_id']}").status == 200


def test_a_hold_of_another_organization_keeps_no_note(api: ApiClient, other_user: User, contact: Contact) -> None:
    note = written(api, contact)
    LegalHold.objects.create(
        organization_id=other_user.home_id, scope="number", phone_number=contact.phone_number, reason="Claim"
    )

    assert api.delete(f"{NOTES}/{note['_id']}").status == 200


def test_notes_go_with_their_contact(api: ApiClient, contact: Contact) -> None:
    written(api, contact)

    assert api.request("DELETE", f"/api/contacts/{contact.pk}").status == 200

    assert not ContactNote.objects.exists()


# ---- What calls leave ----------------------------------------------------------------------------------------------


def ended(call: Call, summary: str | None) -> None:
    report = CallReport(provider="elevenlabs", status="completed", summary=summary)
    apply_report(organization_id=call.organization_id, call_id=call.pk, report=report)


def test_a_call_that_ends_with_a_summary_leaves_one_note_whatever_comes_twice(user: User, contact: Contact) -> None:
    call = make_call(user, contact=contact, provider="elevenlabs", status="in-progress")

    for _ in range(3):
        ended(call, "Wants tea.")

    note = ContactNote.objects.get()
    assert (note.contact_id, note.call_id, note.user_id) == (contact.pk, call.pk, None)
    assert (note.type, note.note) == ("ai_summary", "Wants tea.")
    event = EventLog.objects.get(name="note_created")
    assert "userId" not in event.data["note"]
    assert (event.data["callId"], event.data["contactId"]) == (call.pk, contact.pk)


def test_a_summary_that_comes_later_or_gets_fuller_is_the_notes(api: ApiClient, user: User, contact: Contact) -> None:
    call = make_call(user, contact=contact, provider="elevenlabs", status="in-progress")
    ended(call, None)
    assert not ContactNote.objects.exists()

    ended(call, "Wants tea.")
    ended(call, "Wants tea, and a biscuit.")
    assert ContactNote.objects.get().note == "Wants tea, and a biscuit."

    api.patch(f"{NOTES}/{ContactNote.objects.get().pk}", {"note": "Tea!"})
    ended(call, "Wants tea, and a biscuit, and a chair.")
    assert ContactNote.objects.get().note == "Tea!"


def test_a_pushed_call_leaves_its_summary_once(api: ApiClient, vendor: ApiClient) -> None:
    body = ingest_body(externalCallId="v1")
    ids = ingested(vendor, body)
    assert vendor.post("/api/calls/ingest", body).status == 200

    (note,) = listed(api, callId=ids["callId"])["data"]
    assert (note["contactId"], note["type"], note["note"]) == (ids["contactId"], "ai_summary", body["summary"])


def test_calls_pushed_together_leave_theirs(vendor: ApiClient) -> None:
    bodies = [ingest_body(), missed_call_body(), missed_call_body(summary="x" * 20_000)]

    found = results(vendor, bodies)

    notes = dict(ContactNote.objects.values_list("call_id", "note"))
    assert notes == {found[0]["callId"]: bodies[0]["summary"], found[2]["callId"]: "x" * 10_000}
