"""Tags and dispositions in the admin, and calls found and shown by them."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.test import Client

from calls.admin.label import TagAdmin
from calls.models import Call, CallTag, LegalHold, Tag
from contacts.services.notes import create_note
from tests.admin_site import make_superuser
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import AccessRole, User

pytestmark = pytest.mark.django_db


def staff(role: AccessRole) -> tuple[Client, User]:
    user = make_user(access_role=role, is_staff=True)
    client = Client()
    client.force_login(user)
    return client, user


def test_an_administrator_makes_a_tag_once() -> None:
    client, user = staff(AccessRole.ADMIN)
    form = {"name": "Complaint", "color": "#d62728"}

    assert client.post("/admin/calls/tag/add/", form).status_code == 302
    again = client.post("/admin/calls/tag/add/", {**form, "name": "COMPLAINT"})

    assert "There is one of this name already" in again.content.decode()
    tag = Tag.objects.get()
    assert (tag.name, tag.color, tag.organization_id) == ("Complaint", "#d62728", user.organization_id)


def test_others_only_see_them() -> None:
    client, user = staff(AccessRole.SALES_REP)
    assert user.organization is not None
    tag = make_tag(user.organization, "Complaint")

    assert "Complaint" in client.get("/admin/calls/tag/").content.decode()
    assert client.get("/admin/calls/tag/add/").status_code == 403
    assert client.post(f"/admin/calls/tag/{tag.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_deleted_tag_leaves_its_calls() -> None:
    client, user = staff(AccessRole.ADMIN)
    assert user.organization is not None
    tag = make_tag(user.organization)
    put_on(make_call(user), tag)

    assert client.post(f"/admin/calls/tag/{tag.pk}/delete/", {"post": "yes"}).status_code == 302

    assert not Tag.objects.exists()
    assert not CallTag.objects.exists()


def test_whoever_deletes_a_tag_is_told_first_what_becomes_of_its_calls() -> None:
    client, user = staff(AccessRole.ADMIN)
    assert user.organization is not None
    tag = make_tag(user.organization, "Complaint")

    page = client.get(f"/admin/calls/tag/{tag.pk}/delete/").content.decode()

    assert "Complaint, which is taken off every call that has it" in page
    assert "Tags: 1" in page


@pytest.mark.parametrize("of_several", [False, True])
def test_a_tag_that_another_administrator_deletes_meanwhile_is_told_to_be_gone(
    of_several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, user = staff(AccessRole.ADMIN)
    assert user.organization is not None
    tag = make_tag(user.organization)
    delete = TagAdmin.delete_model

    def second(self: TagAdmin, request: HttpRequest, obj: Tag) -> None:
        Tag.objects.filter(pk=obj.pk).delete()
        delete(self, request, obj)

    monkeypatch.setattr(TagAdmin, "delete_model", second)
    if of_several:
        form = {"action": "delete_selected", ACTION_CHECKBOX_NAME: tag.pk, "post": "yes"}
        answer = client.post("/admin/calls/tag/", form, follow=True)
    else:
        answer = client.post(f"/admin/calls/tag/{tag.pk}/delete/", {"post": "yes"}, follow=True)

    assert answer.status_code == 200
    assert "Tag not found." in answer.content.decode()


def test_of_several_tags_none_is_deleted_where_one_is_of_a_call_under_a_legal_hold() -> None:
    client, user = staff(AccessRole.ADMIN)
    assert user.organization is not None
    tags = [make_tag(user.organization, name) for name in ("Billing", "Complaint")]
    call = make_call(user)
    put_on(call, tags[1])
    hold = LegalHold.objects.create(organization=user.organization, scope="call", reason="Claim 118", call_id=call.pk)
    form = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [tag.pk for tag in tags], "post": "yes"}

    answer = client.post("/admin/calls/tag/", form, follow=True)

    assert "A legal hold" in answer.content.decode()
    assert set(Tag.objects.all()) == set(tags)
    assert not LogEntry.objects.exists()
    LegalHold.objects.filter(pk=hold.pk).delete()
    client.post("/admin/calls/tag/", form)
    assert (Tag.objects.count(), LogEntry.objects.count()) == (0, 2)


@pytest.mark.parametrize("is_superuser", [False, True])
def test_calls_are_found_by_tag_disposition_and_star(is_superuser: bool) -> None:
    client, user = staff(AccessRole.ADMIN)
    assert user.organization is not None
    if is_superuser:
        client.force_login(make_superuser())
    tag, disposition = make_tag(user.organization), make_disposition(user.organization)
    found = make_call(user, from_number="+14165550171", disposition=disposition, is_starred=True)
    put_on(found, tag, make_tag(user.organization))
    make_call(user, from_number="+14165550172")

    for query in (
        f"tag_rows__tag__id__exact={tag.pk}",
        f"disposition__id__exact={disposition.pk}",
        "is_starred__exact=1",
    ):
        page = client.get(f"/admin/calls/call/?{query}").content.decode()
        assert page.count("+14165550171") == 1, query
        assert "+14165550172" not in page, query


def test_the_page_of_a_call_shows_them() -> None:
    client, user = staff(AccessRole.SALES_REP)
    assert user.organization is not None
    call = make_call(user, disposition=make_disposition(user.organization, "Sold"), is_starred=True)
    put_on(call, make_tag(user.organization, "Complaint"))

    page = client.get(f"/admin/calls/call/{call.pk}/change/").content.decode()

    for text in ("Sold", "Complaint", "Starred"):
        assert text in page
    assert Call.objects.count() == 1


def test_the_page_of_a_call_shows_its_notes() -> None:
    client, user = staff(AccessRole.SALES_REP)
    assert user.organization is not None
    call = make_call(user, contact=make_contact(user.organization))
    assert call.contact_id is not None
    create_note(
        user=user,
        organization_id=user.home_id,
        contact_id=call.contact_id,
        note="<b>Likes tea.</b>",
        call_id=call.pk,
    )

    page = client.get(f"/admin/calls/call/{call.pk}/change/").content.decode()

    assert "&lt;b&gt;Likes tea.&lt;/b&gt;" in page
