"""A legal hold is placed from the page of what it is to cover."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from calls.models import LegalHold
from contacts.models import Contact
from tests.admin_site import page_of
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import AccessRole, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return make_user(is_staff=True)


@pytest.fixture
def contact(administrator: User) -> Contact:
    assert administrator.organization is not None
    return make_contact(administrator.organization)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def offered(client: Client, row: Any) -> str | None:
    """Where the page's button leads to."""
    page = client.get(page_of(row)).content.decode()
    found = re.search(r'<a[^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*Place a legal hold', page, re.DOTALL)
    return None if found is None else html.unescape(found[1])


def filled_in(client: Client, address: str) -> dict[str, Any]:
    answer = client.get(address, follow=True)
    form = answer.context["adminform"].form
    given = {name: form[name].value() for name in ("scope", "call", "contact", "organization") if name in form.fields}
    # What is chosen is shown with its name.
    assert f'<option value="{given.get("call") or given["contact"]}" selected>' in answer.content.decode()
    return {name: value for name, value in given.items() if value}


def test_on_a_call(administrator: User) -> None:
    call, desk = make_call(administrator), logged_in(administrator)

    address = offered(desk, call)

    assert address is not None
    form = filled_in(desk, address)
    assert form == {"scope": "call", "call": call.pk}
    assert desk.post(address, {**form, "reason": "Claim 118"}).status_code == 302
    assert LegalHold.objects.get().call_id == call.pk


def test_on_a_contact(administrator: User, contact: Contact) -> None:
    desk = logged_in(administrator)

    address = offered(desk, contact)

    assert address is not None
    form = filled_in(desk, address)
    assert form == {"scope": "contact", "contact": contact.pk}
    placed = desk.post("/admin/calls/legalhold/add/", {**form, "reason": "Claim 118"})
    assert placed.status_code == 302
    assert LegalHold.objects.get().contact_id == contact.pk


def test_a_superuser_need_not_say_of_which_organization(root: Client, administrator: User, contact: Contact) -> None:
    for row in (make_call(administrator), contact):
        address = offered(root, row)
        assert address is not None
        assert filled_in(root, address)["organization"] == administrator.home_id


def test_the_form_asks_for_what_the_scope_is_of(administrator: User) -> None:
    page = logged_in(administrator).get("/admin/calls/legalhold/add/").content.decode()

    shown = re.findall(
        r"""x-show="scope == &#x27;(\w+)&#x27;".*?<(?:input|select)[^>]* name="(\w+?)(?:_0)?\"""", page, re.DOTALL
    )
    assert sorted(shown) == [
        ("call", "call"),
        ("contact", "contact"),
        ("number", "phone_number"),
        ("period", "begins"),
        ("period", "ends"),
    ]


@pytest.mark.parametrize(
    ("number", "day", "time"), [("555", "soon", ""), ("+14165550133", "2026-05-15", "09:10:00")], ids=["wrong", "right"]
)
def test_what_was_entered_for_another_scope_does_not_count(
    administrator: User, contact: Contact, number: str, day: str, time: str
) -> None:
    form = {"scope": "contact", "contact": contact.pk, "reason": "Claim 118", "call": make_call(administrator).pk}
    others = {"phone_number": number, "begins_0": day, "begins_1": time}

    assert logged_in(administrator).post("/admin/calls/legalhold/add/", {**form, **others}).status_code == 302
    hold = LegalHold.objects.get()
    assert (hold.contact_id, hold.call_id, hold.phone_number, hold.begins) == (contact.pk, None, "", None)


def test_who_places_none_is_offered_none(administrator: User, contact: Contact) -> None:
    reader = logged_in(
        make_user(is_staff=True, organization=administrator.organization, access_role=AccessRole.SALES_REP)
    )

    assert offered(reader, make_call(administrator)) is None
    assert offered(reader, contact) is None
    assert reader.get(page_of(contact, "place_hold")).status_code == 403


def test_anothers_contact_is_none(contact: Contact) -> None:
    stranger = logged_in(make_user(is_staff=True))

    answer = stranger.get(page_of(contact, "place_hold"))

    assert "legalhold" not in answer.headers.get("Location", "")
