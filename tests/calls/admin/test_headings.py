"""A page has one heading of the first kind, which says what the page is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from calls.models import Call, Delivery
from tests.admin_site import list_of, page_of
from tests.factories import make_call
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
    [of_call] = headings(root, page_of(call))
    assert call.to_number in of_call
    assert len(headings(root, page_of(delivery))) == len(headings(root, page_of(user))) == 1
