"""A page has one heading of the first kind, which says what the page is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import Call, Delivery
from tests.admin_site import list_of, page_of, text_of
from tests.factories import make_call, make_contact
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


def headings(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = re.findall(r"<h1.*?</h1>", answer.content.decode(), re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", " ", each).split()) for each in found]


@pytest.mark.parametrize("page", ["index", "live", "jobs"])
def test_a_page_of_the_desk(root: Client, page: str) -> None:
    [heading] = headings(
        root, reverse("live") if page == "live" else reverse("jobs" if page == "jobs" else "admin:index")
    )

    assert heading


def test_a_list_and_the_pages_of_its_rows(root: Client, user: User) -> None:
    call = make_call(user)
    delivery = Delivery.objects.create(organization_id=user.home_id, endpoint="x", provider="x", verdict="valid")

    assert headings(root, list_of(Call)) == ["Calls"]
    assert headings(root, page_of(call)) == [call.customer_number]
    assert len(headings(root, page_of(delivery))) == len(headings(root, page_of(user))) == 1


def test_a_call_is_called_by_the_person_and_its_numbers_stand_below(staff: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Priya", last_name="Nair")
    call = make_call(user, contact=contact)

    page = text_of(staff.get(page_of(call)))

    assert headings(staff, page_of(call)) == ["Priya Nair"]
    assert f"{call.from_number} → {call.to_number}" in " ".join(page.split())
    assert "Priya Nair, " in page.partition("| Call |")[0]
