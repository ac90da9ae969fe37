"""The admin shows each reader times by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from calls.models import Call
from tests.admin_site import add_to, admin_of, list_of, make_staff, make_superuser, page_of, rows_shown, text_of
from tests.clients import ApiClient
from tests.factories import make_call
from tether_calls.accounts.models import ApiKey, Organization, User
from tether_calls.accounts.services.reading_zone import choose_reading_zone
from tether_calls.common.errors import TetherError

pytestmark = pytest.mark.django_db

CHOICE = "/admin/accounts/user/time-zone/"
# Half an hour past midnight by UTC: in Toronto it is still the day before.
MOMENT = datetime(2026, 5, 15, 0, 30, tzinfo=UTC)


def _lives_in(organization: Organization, zone: str) -> None:
    Organization.objects.filter(pk=organization.pk).update(time_zone=zone)


def _reader(client: Client) -> User:
    found = get_user(client)
    assert isinstance(found, User)
    return found


def _choose(client: Client, zone: str) -> int:
    return client.post(CHOICE, {"time_zone": zone}).status_code


def test_times_are_the_organizations_until_a_reader_chooses_others(
    staff: Client, user: User, home: Organization
) -> None:
    _lives_in(home, "America/Toronto")
    call = make_call(user, start_time=MOMENT)
    assert "14 May 2026, 20:30:00 EDT" in text_of(staff.get(page_of(call)))
    # The day above the hour.
    assert "14 May 2026 20:30" in " ".join(text_of(staff.get(list_of(Call))).split())

    assert _choose(staff, "Europe/Vienna") == 302
    assert "15 May 2026, 02:30:00 CEST" in text_of(staff.get(page_of(call)))

    assert _choose(staff, "") == 302
    assert "14 May 2026, 20:30:00 EDT" in text_of(staff.get(page_of(call)))


def test_every_page_says_whose_clock_it_is(staff: Client, root: Client, home: Organization) -> None:
    _lives_in(home, "America/Toronto")
    for page in (reverse("admin:index"), list_of(Call), CHOICE):
        assert "Times are those of America/Toronto" in staff.get(page).content.decode()
        assert "Times are those of UTC" in root.get(page).content.decode()


def test_each_reader_has_a_clock_of_their_own(staff: Client, home: Organization, user: User) -> None:
    other = admin_of(make_staff(home))
    call = make_call(user, start_time=MOMENT)
    _choose(staff, "Asia/Kolkata")
    assert "06:00:00 IST" in text_of(staff.get(page_of(call)))
    assert "00:30:00 UTC" in text_of(other.get(page_of(call)))


@pytest.mark.parametrize(
    ("day", "zone", "is_found"),
    [
        ("2026-05-15", "UTC", True),
        ("2026-05-14", "UTC", False),
        ("2026-05-14", "America/Toronto", True),
        ("2026-05-15", "America/Toronto", False),
    ],
)
def test_a_day_of_a_filter_is_one_of_the_readers(
    staff: Client, user: User, day: str, zone: str, is_found: bool
) -> None:
    make_call(user, start_time=MOMENT)
    _choose(staff, zone)
    shown = rows_shown(staff.get(list_of(Call), {"start_time_from": day, "start_time_to": day}))
    assert bool(shown) is is_found


def test_a_day_that_is_an_hour_shorter_has_all_its_calls_and_no_others(staff: Client, user: User) -> None:
    """In Toronto the 8th of March 2026 begins at 05:00 UTC and is over at 04:00."""
    begin, end = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)
    inside = {make_call(user, start_time=at).pk for at in (begin, end - timedelta(seconds=1))}
    for at in (begin - timedelta(seconds=1), end):
        make_call(user, start_time=at)
    _choose(staff, "America/Toronto")
    shown = rows_shown(staff.get(list_of(Call), {"start_time_from": "2026-03-08", "start_time_to": "2026-03-08"}))
    assert {call.pk for call in shown} == inside


def test_the_last_day_of_the_calendar_is_no_error(staff: Client) -> None:
    for field in ("start_time_from", "start_time_to"):
        assert staff.get(list_of(Call), {field: "9999-12-31"}).status_code == 200
        assert staff.get(list_of(Call), {field: "0001-01-01"}).status_code == 200


def test_times_of_forms_are_read_by_the_readers_clock(root: Client, user: User) -> None:
    _choose(root, "America/Toronto")
    form = {"user": user.pk, "name": "CRM", "can_read_calls": "on", "requests_per_minute": "5", "dials_per_day": "0"}
    answer = root.post(add_to(ApiKey), {**form, "expires_at_0": "2099-01-02", "expires_at_1": "03:04:05"})
    assert answer.status_code == 302, text_of(answer)
    key = ApiKey.objects.get(name="CRM")
    assert key.expires_at == datetime(2099, 1, 2, 8, 4, 5, tzinfo=UTC)


def test_the_clock_of_a_reader_stays_out_of_the_next_answer(staff: Client, user: User, api: ApiClient) -> None:
    call = make_call(user, start_time=MOMENT)
    _choose(staff, "Asia/Kolkata")
    staff.get(page_of(call))
    assert api.get(f"/api/calls/{call.pk}").body["call"]["startTime"] == "2026-05-15T00:30:00.000Z"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "posixrules", "../etc/passwd", "x" * 500])
def test_what_is_no_zone_is_refused_and_the_old_one_stays(staff: Client, user: User, zone: str) -> None:
    _choose(staff, "Europe/Vienna")
    assert _choose(staff, zone) == 200
    assert _reader(staff).time_zone == "Europe/Vienna"
    with pytest.raises(TetherError):
        choose_reading_zone(user=user, name=zone)


def test_a_zone_that_this_machine_does_not_know_any_more_is_the_organizations(
    staff: Client, home: Organization
) -> None:
    _lives_in(home, "America/Toronto")
    User.objects.of_organization(home.pk).update(time_zone="Mars/Olympus")
    answer = staff.get(CHOICE)
    assert answer.status_code == 200
    assert "Times are those of America/Toronto" in answer.content.decode()


def test_strangers_are_asked_to_log_in(client: Client, user: User) -> None:
    answers = [client.get(CHOICE), client.post(CHOICE, {"time_zone": "UTC"})]
    assert {(answer.status_code, answer.headers["Location"].split("?")[0]) for answer in answers} == {
        (302, "/admin/login/")
    }


def test_a_superuser_sees_and_changes_what_others_chose(root: Client, user: User) -> None:
    form = {"organization": user.organization_id, "email": user.email, "access_role": "ADMIN", "is_active": "on"}
    assert root.post(page_of(user), {**form, "time_zone": "Europe/Vienna"}).status_code == 302
    user.refresh_from_db()
    assert user.time_zone == "Europe/Vienna"
    refused = root.post(page_of(user), {**form, "time_zone": "Mars/Olympus"})
    assert "Not a time zone" in text_of(refused)


def test_no_superuser_needs_an_organization_for_a_clock() -> None:
    client = admin_of(make_superuser())
    assert _choose(client, "Asia/Kolkata") == 302
    assert "Times are those of Asia/Kolkata" in client.get(reverse("admin:index")).content.decode()
