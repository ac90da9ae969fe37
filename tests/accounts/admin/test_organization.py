"""The page of an organization: its calling hours, and the costly numbers that it dials."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.test import Client

from tests.admin_site import add_to, page_of, text_of
from tests.factories import make_organization
from tether_calls.accounts.models import CallingHours, Organization, User

HOURS = {
    "calls_from": "09:00",
    "calls_until": "20:30",
    "calls_on": ["0", "4"],
    "calls_time_zone": "America/Toronto",
}


@pytest.fixture
def home(db: None) -> Organization:
    return make_organization()


# As the form shows them before anybody changes them.
OPEN = {"opens_at": "09:00", "closes_at": "17:00", "open_weekdays": ["0", "1", "2", "3", "4"]}


def save(client: Client, home: Organization, **fields: Any) -> Any:
    return client.post(page_of(home), {"name": home.name, "is_active": "on", **OPEN, **fields})


def test_opening_hours_are_changed(root: Client, home: Organization) -> None:
    assert (home.opens_at, home.closes_at, home.open_weekdays) == (time(9), time(17), 0b0011111)

    assert save(root, home, opens_at="20:00", closes_at="04:00", open_weekdays=["5", "6"]).status_code == 302

    home.refresh_from_db()
    assert (home.opens_at, home.closes_at, home.open_weekdays) == (time(20), time(4), 0b1100000)
    assert save(root, home, open_weekdays=[]).status_code == 302
    home.refresh_from_db()
    assert home.open_weekdays == 0


def test_hours_are_entered_changed_and_cleared(root: Client, home: Organization) -> None:
    assert save(root, home, **HOURS).status_code == 302
    hours = CallingHours.objects.get(organization=home)
    assert (hours.start, hours.end, hours.weekdays) == (time(9), time(20, 30), 0b10001)
    assert hours.time_zone == "America/Toronto"

    assert save(root, home, calls_from="08:00", calls_until="08:00").status_code == 302
    hours.refresh_from_db()
    assert (hours.start, hours.end, hours.weekdays, hours.time_zone) == (time(8), time(8), 0b1111111, "")

    assert save(root, home).status_code == 302
    assert not CallingHours.objects.exists()


def test_the_page_shows_what_is_set(root: Client, home: Organization) -> None:
    save(root, home, **HOURS)

    shown = root.get(page_of(home)).context["adminform"].form

    assert shown["calls_from"].value() == time(9)
    assert shown["calls_on"].value() == [0, 4]
    assert shown["calls_time_zone"].value() == "America/Toronto"


def test_superusers_say_which_costly_numbers_an_organization_dials(root: Client, home: Organization) -> None:
    assert save(root, home, allowed_number_types=["satellite", "shared_cost"]).status_code == 302
    home.refresh_from_db()
    assert home.allowed_number_types == ["satellite", "shared_cost"]
    assert root.get(page_of(home)).context["adminform"].form["allowed_number_types"].value() == [
        "satellite",
        "shared_cost",
    ]

    assert save(root, home, allowed_number_types=["mobile"]).status_code == 200
    assert save(root, home).status_code == 302
    home.refresh_from_db()
    assert home.allowed_number_types == []


def test_staff_do_not(staff: Client, user: User) -> None:
    assert user.organization is not None
    response = save(staff, user.organization, allowed_number_types=["satellite"])
    assert response.status_code == 403
    user.organization.refresh_from_db()
    assert user.organization.allowed_number_types == []


def test_a_new_organization_may_have_hours_at_once(root: Client) -> None:
    assert root.post(add_to(Organization), {"name": "Example Parcels", **OPEN, **HOURS}).status_code == 302
    assert CallingHours.objects.get().organization.name == "Example Parcels"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"calls_until": ""}, "Hours need a start and an end"),
        ({"calls_from": ""}, "Hours need a start and an end"),
        ({"calls_from": "", "calls_until": ""}, "without hours"),
        ({"calls_from": "25:00"}, "Enter a valid time"),
        ({"calls_on": ["7"]}, "Select a valid choice"),
        *(
            ({"calls_time_zone": name}, "Not a time zone")
            for name in ("Toronto", "../etc/passwd", "/etc/passwd", "America")
        ),
    ],
)
def test_what_makes_no_sense_is_not_kept(
    root: Client, home: Organization, change: dict[str, Any], complaint: str
) -> None:
    answer = save(root, home, **{**HOURS, **change})

    assert answer.status_code == 200
    assert complaint in text_of(answer)
    assert not CallingHours.objects.exists()


@pytest.mark.parametrize(("entered", "kept"), [("America/Toronto", "America/Toronto"), ("", "UTC")])
def test_an_organization_has_a_time_zone(entered: str, kept: str, root: Client, home: Organization) -> None:
    assert save(root, home, time_zone=entered).status_code == 302

    home.refresh_from_db()
    assert home.time_zone == kept


@pytest.mark.parametrize("entered", ["Mars/Olympus", "posixrules", "localtime", "right/UTC"])
def test_a_time_zone_is_one_that_there_is(entered: str, root: Client, home: Organization) -> None:
    answer = save(root, home, time_zone=entered)

    assert "time_zone" in answer.context["adminform"].form.errors
    home.refresh_from_db()
    assert home.time_zone == "UTC"


def test_what_is_sent_after_missed_calls_is_entered_and_switched_on_and_off(root: Client, home: Organization) -> None:
    message = "Hello {{contactName}}, sorry that we missed you."
    assert save(root, home, missed_call_message=message, texts_missed_calls="on").status_code == 302
    home.refresh_from_db()
    since = home.missed_calls_texted_since
    assert (home.missed_call_message, since is not None) == (message, True)

    assert save(root, home, missed_call_message="Hello", texts_missed_calls="on").status_code == 302
    home.refresh_from_db()
    assert home.missed_calls_texted_since == since

    assert save(root, home, missed_call_message="Hello").status_code == 302
    home.refresh_from_db()
    assert (home.missed_call_message, home.missed_calls_texted_since) == ("Hello", None)


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ({"missed_call_message": "Hello {{firstName}}"}, "{{firstName}} is no placeholder"),
        ({"texts_missed_calls": "on"}, "There is no message to be sent."),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(
    entered: dict[str, str], told: str, root: Client, home: Organization
) -> None:
    answer = save(root, home, **entered)

    assert answer.status_code == 200
    assert told in text_of(answer)
    home.refresh_from_db()
    assert (home.missed_call_message, home.missed_calls_texted_since) == ("", None)
