"""Users say whether they take calls that are handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.admin_site import admin_of, make_superuser, text_of
from tests.at_once import at_once
from tests.clients import ApiClient, logged_in
from tests.factories import make_user
from tests.statements import statements_made
from tether_calls.accounts.models import AvailabilityChange, AvailabilityReason, User
from tether_calls.accounts.services.availability import set_availability

pytestmark = pytest.mark.django_db

AVAILABILITY = "/api/user/availability"


def log_of(user: User) -> list[tuple[bool, str, int]]:
    rows = AvailabilityChange.objects.of_organization(user.home_id).filter(user=user).order_by("pk")
    return list(rows.values_list("is_available", "reason", "times"))


def test_a_new_user_is_available(api: ApiClient) -> None:
    assert api.get("/api/user/profile").body["user"]["isAvailable"] is True


def test_a_user_is_as_available_as_they_say(api: ApiClient, user: User) -> None:
    answer = api.patch(AVAILABILITY, {"isAvailable": False})

    assert (answer.status, answer.body["success"]) == (200, True)
    assert answer.body["user"]["isAvailable"] is False
    assert api.get("/api/user/profile").body["user"]["isAvailable"] is False
    assert log_of(user) == [(False, "user", 1)]


def test_the_same_again_changes_nothing(api: ApiClient, user: User) -> None:
    for _ in range(2):
        assert api.patch(AVAILABILITY, {"isAvailable": True}).status == 200
    assert log_of(user) == []
    user.refresh_from_db()
    assert user.availability_changed_at is None


def test_what_goes_to_and_fro_within_a_minute_is_one_entry(user: User) -> None:
    for number in range(100):
        set_availability(user=user, is_available=bool(number % 2))
    assert log_of(user) == [(True, "user", 100)]


def test_each_change_after_a_minute_is_an_entry(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for minutes, is_available in [(0, False), (2, True), (4, False)]:
        monkeypatch.setattr(timezone, "now", lambda at=now + timedelta(minutes=minutes): at)
        set_availability(user=user, is_available=is_available)
    entries = AvailabilityChange.objects.of_organization(user.home_id).order_by("at")
    assert [(entry.is_available, entry.at) for entry in entries] == [
        (False, now),
        (True, now + timedelta(minutes=2)),
        (False, now + timedelta(minutes=4)),
    ]


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_take_turns(user: User) -> None:
    at_once([lambda: set_availability(user=user, is_available=False) for _ in range(8)])
    assert log_of(user) == [(False, "user", 1)]


def test_it_is_a_few_statements(user: User) -> None:
    with statements_made() as made:
        set_availability(user=user, is_available=False)
    assert len(made) <= 6


@pytest.mark.parametrize("body", [{}, {"isAvailable": None}, {"isAvailable": "yes"}, {"isAvailable": 1}, []])
def test_anything_but_true_or_false_is_refused(api: ApiClient, user: User, body: Any) -> None:
    answer = api.patch(AVAILABILITY, body)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert log_of(user) == []


def test_nobody_says_it_for_others(api: ApiClient, user: User, other_user: User, other_api: ApiClient) -> None:
    colleague = make_user(organization=user.organization)
    api.patch(AVAILABILITY, {"isAvailable": False, "userId": other_user.pk, "id": colleague.pk})
    for each in (other_user, colleague):
        each.refresh_from_db()
        assert each.is_available
    assert (log_of(other_user), log_of(colleague)) == ([], [])


def test_staff_of_the_platform_have_none(db: None) -> None:
    answer = logged_in(make_user(organization=None)).patch(AVAILABILITY, {"isAvailable": False})
    assert answer.status == 403


def test_a_superuser_changes_it_and_the_page_tells_when_it_changed(user: User) -> None:
    client = admin_of(make_superuser())
    address = f"/admin/accounts/user/{user.pk}/change/"
    assert "Never changed" in text_of(client.get(address))
    form = {
        "email": user.email,
        "full_name": user.full_name,
        "organization": user.home_id,
        "access_role": user.access_role,
        "time_zone": "",
        "is_active": "on",
    }

    assert client.post(address, form).status_code == 302

    user.refresh_from_db()
    assert not user.is_available
    assert log_of(user) == [(False, AvailabilityReason.STAFF, 1)]
    page = text_of(client.get(address))
    assert "not available, by staff" in page
    assert "Offline" in page


def test_staff_see_nothing_of_another_organizations_user(staff: Client, other_user: User) -> None:
    set_availability(user=other_user, is_available=False)
    assert staff.get(f"/admin/accounts/user/{other_user.pk}/change/").status_code == 302
