"""The search box of the admin finds what was said, and shows where."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from calls.models import Call
from tests.admin_site import found, list_of
from tests.calls.search.searching import found as found_by_api
from tests.calls.search.searching import make_talk
from tests.clients import ApiClient
from tests.factories import make_contact
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(user: User) -> Call:
    make_talk(user, "Nothing of interest.")
    return make_talk(
        user, "Good morning.", "My <i>dishwasher</i> leaks, and it is a long story.", ai_summary="Plumber booked."
    )


@pytest.mark.parametrize("q", ["dishwasher", "LEAKS morning", '"long story"', "plumber -nothing", "xyz OR leaks"])
def test_the_box_finds_what_the_api_finds(q: str, root: Client, staff: Client, api: ApiClient, call: Call) -> None:
    assert found(root, Call, q=q) == found(staff, Call, q=q) == [call]
    assert found_by_api(api, q) == [call.pk]


def test_the_row_shows_where_it_was_said(staff: Client, call: Call) -> None:
    page = staff.get(list_of(Call), {"q": "dishwasher"}).content.decode()

    assert "My &lt;i&gt;<mark>dishwasher</mark>&lt;/i&gt; leaks" in page


def test_the_place_stands_at_the_beginning_of_what_the_row_shows(staff: Client, user: User) -> None:
    make_talk(user, "Hello, this is Mia from Example Services about your appointment and an invoice of May.")

    page = staff.get(list_of(Call), {"q": "invoice"}).content.decode()

    assert '<span class="tether-gist" dir="auto">…and an <mark>invoice</mark> of May.' in page


def test_a_row_that_was_found_otherwise_shows_nothing_said(staff: Client, user: User) -> None:
    assert user.organization is not None
    call = make_talk(user, "Hello.", contact=make_contact(user.organization, first_name="Priya"))

    page = staff.get(list_of(Call), {"q": "Priya"})

    assert list(page.context["cl"].result_list) == [call]
    assert "<mark>" not in page.content.decode()


def test_without_a_search_nothing_is_marked(staff: Client, call: Call) -> None:
    assert "<mark>" not in staff.get(list_of(Call)).content.decode()
    assert "<mark>" in staff.get(list_of(Call), {"q": "dishwasher"}).content.decode()


@pytest.mark.parametrize("q", ["-leaks", "OR", '"', "x" * 300, "b " * 150, "&&", "-", "' OR 1=1 --", "(", "\\"])
def test_what_is_no_search_finds_nothing(q: str, staff: Client, root: Client, call: Call) -> None:
    assert found(staff, Call, q=q) == found(root, Call, q=q) == []


def test_staff_of_another_organization_find_nothing(staff: Client, other_user: User) -> None:
    make_talk(other_user, "Platypus.", ai_summary="Platypus.")

    page: Any = staff.get(list_of(Call), {"q": "platypus"})

    assert list(page.context["cl"].result_list) == []
    assert "Platypus" not in page.content.decode()
