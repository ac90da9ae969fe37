"""Judging a call on its page: star, disposition, tags, notes; each a plain form, with or without a script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from calls.models import Call
from contacts.models import ContactNote, NoteMention
from contacts.services.notes import create_note
from tests.admin_site import admin_of, make_staff, make_superuser, page_of, statements_of, text_of
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import AccessRole, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(user: User) -> Call:
    assert user.organization is not None
    return make_call(user, contact=make_contact(user.organization))


def review_at(call: Call) -> str:
    return f"/admin/calls/call/{call.pk}/review/"


def notes_at(call: Call, note: ContactNote | None = None) -> str:
    return f"/admin/calls/call/{call.pk}/notes/" + (f"{note.pk}/" if note else "")


def events_of(call: Call) -> list[str]:
    return list(EventLog.objects.filter(call_id=call.pk).order_by("id").values_list("name", flat=True))


def note_of(user: User, call: Call, text: str = "Likes tea.", **more: Any) -> ContactNote:
    assert call.contact_id is not None
    return create_note(
        user=user, organization_id=call.organization_id, contact_id=call.contact_id, note=text, call_id=call.pk, **more
    )


# ---- Star, disposition, tags -----------------------------------------------------------------------------------------


def test_a_form_without_a_script_leads_back_to_the_page(staff: Client, call: Call) -> None:
    answer = staff.post(review_at(call), {"part": "star", "is_starred": "on"})

    assert (answer.status_code, answer["Location"]) == (302, page_of(call))
    call.refresh_from_db()
    assert call.is_starred
    assert events_of(call) == ["call_updated"]


def test_a_part_changes_nothing_but_itself(staff: Client, call: Call) -> None:
    tag, disposition = make_tag(call.organization), make_disposition(call.organization)
    for form in (
        {"part": "star", "is_starred": "on"},
        {"part": "disposition", "disposition": disposition.pk},
        {"part": "tags", "tags": [tag.pk]},
    ):
        assert staff.post(review_at(call), form).status_code == 302

    call.refresh_from_db()
    assert (call.is_starred, call.disposition, [each.pk for each in call.tags]) == (True, disposition, [tag.pk])


def test_what_is_left_out_is_taken_away(staff: Client, call: Call) -> None:
    put_on(call, make_tag(call.organization))
    Call.objects.filter(pk=call.pk).update(is_starred=True, disposition=make_disposition(call.organization))

    for part in ("star", "disposition", "tags"):
        staff.post(review_at(call), {"part": part})

    call = Call.objects.get(pk=call.pk)
    assert (call.is_starred, call.disposition, call.tags) == (False, None, [])


def test_a_script_gets_the_box_as_it_is_now(staff: Client, call: Call) -> None:
    tag = make_tag(call.organization, "Complaint")

    answer = staff.post(review_at(call), {"part": "tags", "tags": tag.pk}, headers=HTMX)

    box = answer.content.decode()
    assert box.count("<section") == 1
    assert re.search(rf'value="{tag.pk}" checked', box)
    assert f'fill="{tag.color}"' in box
    assert "<html" not in box


def test_what_is_refused_is_told_in_the_box_or_above_the_page(staff: Client, call: Call) -> None:
    archived = make_tag(call.organization, "Old", is_archived=True)
    form = {"part": "tags", "tags": archived.pk}

    refused = staff.post(review_at(call), form, headers=HTMX)
    assert (refused["HX-Reswap"], "Old is archived" in refused.content.decode()) == ("outerHTML", True)
    assert "Old is archived" in text_of(staff.post(review_at(call), form, follow=True))
    assert staff.post(review_at(call), {"part": "nothing"}).status_code == 302
    assert events_of(call) == []


@pytest.mark.parametrize("tags", [["x"], ["0" * 24], [f"{number:024x}" for number in range(21)]])
def test_no_tags_that_there_are_not_and_no_more_than_a_call_has(staff: Client, call: Call, tags: list[str]) -> None:
    answer = staff.post(review_at(call), {"part": "tags", "tags": tags}, headers=HTMX)

    assert (answer.status_code, 'role="alert"' in answer.content.decode()) == (200, True)
    call.refresh_from_db()
    assert call.tag_ids == ""


def test_tags_of_another_organization_are_neither_offered_nor_put_on(
    staff: Client, call: Call, other_user: User
) -> None:
    assert other_user.organization is not None
    foreign, disposition = make_tag(other_user.organization), make_disposition(other_user.organization)

    assert foreign.pk not in staff.get(page_of(call)).content.decode()
    staff.post(review_at(call), {"part": "tags", "tags": foreign.pk})
    staff.post(review_at(call), {"part": "disposition", "disposition": disposition.pk})

    call.refresh_from_db()
    assert (call.tag_ids, call.disposition_id) == ("", None)


def test_a_call_of_another_organization_is_none(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    foreign = make_call(other_user, contact=make_contact(other_user.organization))
    theirs = note_of(other_user, foreign)

    for address, form in (
        (review_at(foreign), {"part": "star", "is_starred": "on"}),
        (notes_at(foreign), {"note": "Ours now."}),
        (notes_at(foreign, theirs), {"note": "Ours now."}),
        (notes_at(foreign, theirs), {"delete": "1"}),
    ):
        assert staff.post(address, form)["Location"] == "/admin/"
    assert staff.get(f"/admin/calls/call/{foreign.pk}/people/").status_code == 404

    foreign.refresh_from_db()
    assert not foreign.is_starred
    assert [note.note for note in ContactNote.objects.all()] == ["Likes tea."]


def test_a_stranger_and_a_user_who_is_no_staff_change_nothing(user: User, call: Call) -> None:
    for client in (Client(), admin_of(user)):
        assert "/admin/login/" in client.post(review_at(call), {"part": "star", "is_starred": "on"})["Location"]
        assert "/admin/login/" in client.post(notes_at(call), {"note": "x"})["Location"]
    assert not ContactNote.objects.exists()


def test_only_posts_change_a_call(staff: Client, call: Call) -> None:
    assert staff.get(review_at(call)).status_code == 405
    assert staff.get(notes_at(call)).status_code == 405


# ---- Notes -----------------------------------------------------------------------------------------------------------


def test_a_note_of_the_call_is_one_of_its_contact(staff: Client, call: Call) -> None:
    answer = staff.post(notes_at(call), {"note": "<b>Likes tea.</b>"})

    note = ContactNote.objects.get()
    assert (note.contact_id, note.call_id, note.note) == (call.contact_id, call.pk, "<b>Likes tea.</b>")
    assert answer["Location"] == f"{page_of(call)}#notes"
    assert events_of(call) == ["note_created"]
    assert "&lt;b&gt;Likes tea." in staff.get(page_of(call)).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_001])
def test_a_note_that_is_none_is_refused_and_not_lost(staff: Client, call: Call, text: str) -> None:
    answer = staff.post(notes_at(call), {"note": text}, headers=HTMX).content.decode()

    assert 'role="alert"' in answer
    assert text in answer
    assert not ContactNote.objects.exists()


def test_one_s_own_note_is_changed_and_deleted(user: User, call: Call) -> None:
    assert user.organization is not None
    member = make_staff(user.organization)
    client, note = admin_of(member), note_of(member, call)

    client.post(notes_at(call, note), {"note": "Likes coffee."})
    note.refresh_from_db()
    assert (note.note, note.is_edited) == ("Likes coffee.", True)

    client.post(notes_at(call, note), {"note": "Likes coffee.", "delete": "1"})
    assert not ContactNote.objects.exists()


def test_another_one_s_is_for_administrators(user: User, call: Call) -> None:
    assert user.organization is not None
    note = note_of(user, call)
    member = admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.SALES_REP))
    chief = admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.ADMIN))

    assert notes_at(call, note) not in member.get(page_of(call)).content.decode()
    assert notes_at(call, note) in chief.get(page_of(call)).content.decode()
    member.post(notes_at(call, note), {"delete": "1"})
    assert ContactNote.objects.exists()
    chief.post(notes_at(call, note), {"delete": "1"})
    assert not ContactNote.objects.exists()


def test_a_superuser_notes_in_any_organization(call: Call) -> None:
    root = make_superuser()
    admin_of(root).post(notes_at(call), {"note": "From the platform."})

    note = ContactNote.objects.get()
    assert (note.organization_id, note.user) == (call.organization_id, root)


def test_a_call_without_a_contact_has_no_notes(staff: Client, user: User) -> None:
    call = make_call(user)

    page = staff.get(page_of(call)).content.decode()
    answer = staff.post(notes_at(call), {"note": "Of whom?"}, headers=HTMX).content.decode()

    assert 'id="new-note"' not in page
    assert "no contact" in answer
    assert not ContactNote.objects.exists()


# ---- Mentions --------------------------------------------------------------------------------------------------------


def colleague(user: User, name: str) -> User:
    assert user.organization is not None
    return make_user(organization=user.organization, full_name=name, is_staff=True)


def mentioned() -> set[str]:
    return set(NoteMention.objects.values_list("user__full_name", flat=True))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Ada Lovelace please look", {"Ada Lovelace"}),
        ("@ada lovelace, @BOB: look", {"Ada Lovelace", "Bob"}),
        ("(@Ada)", {"Ada"}),
        ("@Ada and @Bob", {"Ada", "Bob"}),
        ("@Émile", {"Émile"}),
        ("@bob@example.org.", {"Bob"}),
        ("write to bob@example.org", set()),
        ("@ Bob", set()),
        ("@Nobody here", set()),
        ("@Gone", set()),
        ("@Foreign", set()),
    ],
)
def test_a_note_mentions_whom_it_names(
    staff: Client, user: User, other_user: User, call: Call, text: str, names: set[str]
) -> None:
    for name in ("Ada", "Ada Lovelace", "Émile"):
        colleague(user, name)
    User.objects.filter(pk=colleague(user, "Bob").pk).update(email="bob@example.org")
    User.objects.filter(pk=colleague(user, "Gone").pk).update(is_active=False)
    colleague(other_user, "Foreign")

    staff.post(notes_at(call), {"note": text})

    assert mentioned() == names
    assert len(ContactNote.objects.get().mentions) == len(names)


def test_a_changed_note_mentions_whom_it_names_now_and_those_that_were_named_otherwise(user: User, call: Call) -> None:
    assert user.organization is not None
    member = make_staff(user.organization)
    ada, bob, eve = (colleague(user, name) for name in ("Ada", "Bob", "Eve"))
    note = note_of(member, call, "@Ada look", mentions=[ada.pk, eve.pk])

    admin_of(member).post(notes_at(call, note), {"note": "@Bob look"})

    note.refresh_from_db()
    assert set(note.mentions) == {bob.pk, eve.pk}
    assert mentioned() == {"Bob", "Eve"}


def test_whoever_writes_an_at_is_offered_colleagues(staff: Client, user: User, other_user: User, call: Call) -> None:
    colleague(user, "Ada Lovelace")
    colleague(other_user, "Ada of theirs")

    offered = staff.get(f"/admin/calls/call/{call.pk}/people/", {"q": "ada"}).json()["people"]

    assert [person["name"] for person in offered] == ["Ada Lovelace"]
    assert staff.get(f"/admin/calls/call/{call.pk}/people/", {"q": "%"}).json()["people"] == []


def test_a_mention_leads_to_its_note_and_is_seen_then(user: User, call: Call) -> None:
    ada = colleague(user, "Ada")
    note = note_of(user, call, "Look, @Ada", mentions=[ada.pk])
    client, mention = admin_of(ada), NoteMention.objects.get()

    page = client.get("/admin/contacts/notemention/")
    assert "Look, @Ada" in text_of(page)
    assert "New" in text_of(page)
    opened = client.get(f"/admin/contacts/notemention/{mention.pk}/change/")

    assert opened["Location"] == f"{page_of(call)}#note-{note.pk}"
    assert f'id="note-{note.pk}"' in client.get(page_of(call)).content.decode()
    mention.refresh_from_db()
    assert mention.is_seen


def test_mentions_are_one_s_own_even_for_superusers(user: User, call: Call) -> None:
    ada = colleague(user, "Ada")
    note_of(user, call, "Look, @Ada", mentions=[ada.pk])

    for other in (make_superuser(), colleague(user, "Bob")):
        assert "Look, @Ada" not in text_of(admin_of(other).get("/admin/contacts/notemention/"))
        admin_of(other).post(
            "/admin/contacts/notemention/",
            {"action": "mark_as_seen", "_selected_action": [NoteMention.objects.get().pk]},
        )
    assert not NoteMention.objects.get().is_seen


def test_mentions_are_marked_as_seen_together(user: User, call: Call) -> None:
    ada = colleague(user, "Ada")
    for _ in range(2):
        note_of(user, call, "Look, @Ada", mentions=[ada.pk])
    ids = list(NoteMention.objects.values_list("pk", flat=True))

    admin_of(ada).post("/admin/contacts/notemention/", {"action": "mark_as_seen", "_selected_action": ids})

    assert not NoteMention.objects.filter(is_seen=False).exists()


def test_the_list_of_mentions_costs_as_much_however_many_there_are(user: User, call: Call) -> None:
    ada = colleague(user, "Ada")
    client = admin_of(ada)
    counts = []
    for _ in range(2):
        for _ in range(3):
            note_of(colleague(user, "Somebody"), call, "Look, @Ada", mentions=[ada.pk])
        counts.append(len(statements_of(client, "/admin/contacts/notemention/")))
    assert counts[0] == counts[1] <= 7


# ---- On the page of a contact ----------------------------------------------------------------------------------------


def test_a_contact_s_page_has_its_notes_with_their_calls(staff: Client, user: User, call: Call) -> None:
    note_of(user, call, "Said on the phone.")
    contact = call.contact
    assert contact is not None

    staff.post(f"/admin/contacts/contact/{contact.pk}/notes/", {"note": "Came to the office."})

    page = staff.get(page_of(contact))
    for text in ("Said on the phone.", "Came to the office.", "Its call"):
        assert text in text_of(page)
    assert f'href="{page_of(call)}"' in page.content.decode()


def test_a_contact_s_page_costs_as_much_however_many_notes_it_has(staff: Client, user: User, call: Call) -> None:
    assert call.contact is not None
    counts = []
    for _ in range(2):
        for _ in range(3):
            note_of(user, call)
        counts.append(len(statements_of(staff, page_of(call.contact))))
    assert counts[0] == counts[1] <= 5


def test_the_page_that_adds_a_contact_has_no_notes(staff: Client) -> None:
    assert 'id="notes"' not in staff.get("/admin/contacts/contact/add/").content.decode()
