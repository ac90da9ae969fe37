"""Calling hours: by the wall clock of whom is called, wherever that may be."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from tests.factories import make_organization
from tether_calls.accounts.calling_hours import Hours, hours_of, set_calling_hours
from tether_calls.accounts.models import CallingHours
from tether_calls.common.weekly_hours import ALL_DAYS

MONDAY_TO_FRIDAY = 0b0011111

TORONTO, LONDON, TOLL_FREE = "+14165550199", "+442079460018", "+18005551234"
# A number of Russia's mobile networks may ring from Kaliningrad to Kamchatka, one of the world's freephone anywhere.
RUSSIA, WORLD = "+79161234567", "+80012345678"
FRIDAY, SATURDAY = 1 << 4, 1 << 5


def permitted(at: str, number: str = TORONTO, **fields: Any) -> bool:
    """`at` is in UTC. By default, hours are from 9 to 20 on all days."""
    return CallingHours(**fields).permit(phone_number=number, at=datetime.fromisoformat(at).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "is_permitted"),
    [
        ("2026-01-14T13:59:59.999999", False),
        ("2026-01-14T14:00", True),
        ("2026-01-15T00:59:59.999999", True),
        ("2026-01-15T01:00", False),
    ],
)
def test_hours_are_from_their_start_to_before_their_end(at: str, is_permitted: bool) -> None:
    assert permitted(at) == is_permitted


def test_hours_are_those_of_the_place_that_is_called() -> None:
    morning_in_london = "2026-01-14T09:30"
    assert (permitted(morning_in_london, LONDON), permitted(morning_in_london, TORONTO)) == (True, False)


@pytest.mark.parametrize(
    ("at", "is_permitted"),
    [
        ("2026-05-15T15:00", True),  # Friday
        ("2026-05-16T15:00", False),  # Saturday
        ("2026-05-16T00:30", True),  # Saturday in UTC, Friday in Toronto
        ("2026-05-17T15:00", False),
        ("2026-05-18T13:00", True),
    ],
)
def test_the_day_is_that_of_the_place_too(at: str, is_permitted: bool) -> None:
    assert permitted(at, start=time(9), end=time(21), weekdays=MONDAY_TO_FRIDAY) == is_permitted


@pytest.mark.parametrize(
    ("at", "is_permitted"),
    [
        ("2026-05-14T23:00", False),  # Friday, 0:00: of the hours that began on Thursday
        ("2026-05-15T20:59", False),
        ("2026-05-15T21:00", True),  # Friday, 22:00
        ("2026-05-16T00:59", True),  # Saturday, 1:59: still Friday's
        ("2026-05-16T01:00", False),
        ("2026-05-16T21:30", False),  # Saturday, 22:30
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(at: str, is_permitted: bool) -> None:
    assert permitted(at, LONDON, start=time(22), end=time(2), weekdays=FRIDAY) == is_permitted


def test_hours_that_end_where_they_start_are_all_day() -> None:
    all_day: dict[str, Any] = {"start": time(8), "end": time(8), "weekdays": FRIDAY}
    assert permitted("2026-05-15T12:00", **all_day)
    assert permitted("2026-05-16T11:59", **all_day)
    assert not permitted("2026-05-15T11:59", **all_day)
    assert not permitted("2026-05-16T12:00", **all_day)


@pytest.mark.parametrize(
    ("at", "is_permitted"),
    [
        ("2026-03-07T13:30", False),  # the day before the clocks go forward: 8:30
        ("2026-03-08T13:30", True),  # and after: 9:30
        ("2026-10-31T13:30", True),
        ("2026-11-01T13:30", False),
    ],
)
def test_hours_move_with_the_clocks(at: str, is_permitted: bool) -> None:
    assert permitted(at) == is_permitted


@pytest.mark.parametrize("at", ["2026-11-01T05:30", "2026-11-01T06:30"])
def test_the_hour_that_comes_twice_is_within_the_hours_twice(at: str) -> None:
    assert permitted(at, start=time(1), end=time(2))
    assert not permitted(at, start=time(2), end=time(3))


def test_a_start_that_the_clock_leaves_out_is_when_it_goes_on() -> None:
    hours: dict[str, Any] = {"start": time(2, 30), "end": time(4)}
    assert permitted("2026-03-08T07:00", **hours)  # 3:00, a second after 1:59:59
    assert not permitted("2026-03-08T06:59:59", **hours)


def test_a_number_that_may_ring_in_many_places_has_to_be_within_the_hours_in_all() -> None:
    moscow_noon = "2026-05-13T09:00"
    assert not permitted(moscow_noon, RUSSIA)
    assert not any(permitted(f"2026-05-13T{hour:02}:00", TOLL_FREE) for hour in range(24))
    assert permitted(moscow_noon, RUSSIA, start=time(0), end=time(0))
    assert permitted("2026-05-13T18:00", TOLL_FREE, start=time(4), end=time(3))


def test_a_number_of_no_place_is_called_by_the_organizations_own_clock_or_not_at_all() -> None:
    noon_in_toronto = "2026-05-13T16:00"
    assert not permitted(noon_in_toronto, WORLD)
    assert permitted(noon_in_toronto, WORLD, time_zone="America/Toronto")
    assert not permitted(noon_in_toronto, WORLD, time_zone="Asia/Tokyo")
    assert not permitted(noon_in_toronto, WORLD, start=time(0), end=time(0))


def test_the_organizations_own_clock_is_for_no_other_number() -> None:
    assert permitted("2026-05-13T16:00", TORONTO, time_zone="Asia/Tokyo")


def test_a_zone_that_this_machine_does_not_know_is_like_none() -> None:
    assert not permitted("2026-05-13T16:00", WORLD, time_zone="Mars/Olympus")


@pytest.mark.django_db
def test_hours_are_set_changed_and_taken_away() -> None:
    home = make_organization()
    hours = Hours(start=time(9), end=time(20), days=[4, 5], time_zone="America/Toronto")

    set_calling_hours(organization_id=home.pk, hours=hours)
    assert hours_of(CallingHours.objects.get()) == hours
    assert CallingHours.objects.get().weekdays == FRIDAY | SATURDAY
    set_calling_hours(organization_id=home.pk, hours=Hours(start=time(8), end=time(8), days=range(7)))
    assert CallingHours.objects.get().weekdays == ALL_DAYS
    set_calling_hours(organization_id=make_organization().pk, hours=None)
    assert CallingHours.objects.count() == 1
    set_calling_hours(organization_id=home.pk, hours=None)
    assert not CallingHours.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("weekdays", [0, ALL_DAYS + 1])
def test_the_database_keeps_no_hours_without_a_day(weekdays: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CallingHours.objects.create(organization=make_organization(), weekdays=weekdays)


# ---- The next minute that they permit


def from_to(start: int, end: int, weekdays: int = 0b1111111, **fields: Any) -> CallingHours:
    return CallingHours(start=time(start), end=time(end), weekdays=weekdays, **fields)


@pytest.mark.parametrize(
    ("hours", "after", "next_one"),
    [
        # Within: at once, to the second. In Toronto it is five hours earlier in winter.
        (from_to(9, 20), datetime(2026, 12, 4, 14, 0, 7, tzinfo=UTC), datetime(2026, 12, 4, 14, 0, 7, tzinfo=UTC)),
        (from_to(9, 20), datetime(2026, 12, 4, 13, 59, 59, tzinfo=UTC), datetime(2026, 12, 4, 14, tzinfo=UTC)),
        (from_to(9, 20), datetime(2026, 12, 5, 1, 0, tzinfo=UTC), datetime(2026, 12, 5, 14, tzinfo=UTC)),
        # Friday evening, and from Monday to Friday alone.
        (from_to(9, 20, 0b0011111), datetime(2026, 12, 5, 1, tzinfo=UTC), datetime(2026, 12, 7, 14, tzinfo=UTC)),
        # Mondays alone, on a Monday evening.
        (from_to(9, 20, 0b0000001), datetime(2026, 12, 8, 2, tzinfo=UTC), datetime(2026, 12, 14, 14, tzinfo=UTC)),
        # Over midnight.
        (from_to(22, 2), datetime(2026, 12, 4, 12, tzinfo=UTC), datetime(2026, 12, 5, 3, tzinfo=UTC)),
        # The clock is set forward from 2 to 3: half past two never comes, and at three it is past it.
        (
            CallingHours(start=time(2, 30), end=time(4)),
            datetime(2027, 3, 14, 6, tzinfo=UTC),
            datetime(2027, 3, 14, 7, tzinfo=UTC),
        ),
        # It is set back from 2 to 1: from 1 to 2 is permitted, and comes once more.
        (from_to(1, 2), datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)),
        (from_to(1, 2), datetime(2026, 11, 1, 6, 10, tzinfo=UTC), datetime(2026, 11, 1, 6, 10, tzinfo=UTC)),
        # A start at an odd minute.
        (
            CallingHours(start=time(9, 7), end=time(20)),
            datetime(2026, 12, 4, 13, tzinfo=UTC),
            datetime(2026, 12, 4, 14, 7, tzinfo=UTC),
        ),
    ],
)
def test_the_next_permitted_minute(hours: CallingHours, after: datetime, next_one: datetime) -> None:
    assert hours.next_permitted(phone_number=TORONTO, after=after) == next_one


def test_where_clocks_never_agree_there_is_no_permitted_minute() -> None:
    after = datetime(2026, 12, 4, 14, tzinfo=UTC)

    assert from_to(9, 17).next_permitted(phone_number=TOLL_FREE, after=after) is None
    assert from_to(9, 20).next_permitted(phone_number=WORLD, after=after) is None
    own = from_to(9, 20, time_zone="America/Toronto")
    assert own.next_permitted(phone_number=WORLD, after=after) == after


@given(
    start=st.times(),
    end=st.times(),
    weekdays=st.integers(1, 127),
    begins=st.integers(0, 1_000_000),
    number=st.sampled_from([TORONTO, "+61491570156", "+442079460018", TOLL_FREE, "+97714412345"]),
    minutes=st.integers(0, 11_000),
)
@example(time(9), time(20), 127, 437_000, TORONTO, 60)
def test_the_next_permitted_minute_is_permitted_and_none_before_it_is(
    start: time, end: time, weekdays: int, begins: int, number: str, minutes: int
) -> None:
    start, end = (each.replace(second=0, microsecond=0) for each in (start, end))
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=begins)
    hours = CallingHours(start=start, end=end, weekdays=weekdays)

    next_one = hours.next_permitted(phone_number=number, after=after)

    another = after + timedelta(minutes=minutes)
    if next_one is None:
        assert not hours.permit(phone_number=number, at=another)
    else:
        assert hours.permit(phone_number=number, at=next_one)
        assert another >= next_one or not hours.permit(phone_number=number, at=another)
