"""GET /api/calls/statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import CallStatus
from tests.calls.api.reading import STATISTICS, assert_invalid
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call, make_user
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
NOTHING = {"totalCalls": 0, "totalDuration": 0, "averageDuration": 0, "byStatus": {}}


def statistics(client: ApiClient, **query: Any) -> dict[str, Any]:
    answer = client.get(STATISTICS, **query)
    assert answer.status == 200, answer
    assert_is("CallsStatisticsResponse", answer.body)
    numbers: dict[str, Any] = answer.body["statistics"]
    return numbers


def test_calls_are_counted_and_their_durations_added_up_by_status(api: ApiClient, user: User) -> None:
    for status, duration in [("completed", 60), ("completed", 100.5), ("completed", 0), ("no-answer", 0), ("busy", 3)]:
        make_call(user, status=status, duration=duration)

    assert api.get(STATISTICS).body == {
        "success": True,
        "statistics": {
            "totalCalls": 5,
            "totalDuration": 163.5,
            "averageDuration": 32.7,
            "byStatus": {
                "completed": {"count": 3, "totalDuration": 160.5, "avgDuration": 53.5},
                "no-answer": {"count": 1, "totalDuration": 0, "avgDuration": 0},
                "busy": {"count": 1, "totalDuration": 3, "avgDuration": 3},
            },
        },
    }


def test_a_period_that_begins_at_the_end_of_time(api: ApiClient, user: User) -> None:
    make_call(user, start_time=START)

    assert statistics(api, startDate="9999-12-31") == NOTHING


def test_averages_have_two_decimals(api: ApiClient, user: User) -> None:
    for duration in (1, 1, 3):
        make_call(user, duration=duration)

    numbers = statistics(api)

    assert (numbers["averageDuration"], numbers["byStatus"]["completed"]["avgDuration"]) == (1.67, 1.67)


def test_durations_that_add_up_to_dust_are_rounded(api: ApiClient, user: User) -> None:
    for _ in range(3):
        make_call(user, duration=0.1)

    assert statistics(api)["totalDuration"] == 0.3


def test_averages_are_over_all_calls_those_without_a_duration_too(api: ApiClient, user: User) -> None:
    make_call(user, duration=10)
    make_call(user, duration=None)

    assert statistics(api)["averageDuration"] == 5


@pytest.mark.parametrize("status", CallStatus.values)
def test_every_status_is_counted_under_its_own_name(status: str, api: ApiClient, user: User) -> None:
    make_call(user, status=status)

    assert statistics(api)["byStatus"] == {status: {"count": 1, "totalDuration": 60, "avgDuration": 60}}


def test_without_calls_everything_is_nought(api: ApiClient) -> None:
    assert statistics(api) == NOTHING


def test_colleagues_calls_are_counted(api: ApiClient, user: User) -> None:
    make_call(make_user(organization=user.organization))

    assert statistics(api)["totalCalls"] == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"startDate": "2026-05-15T09:10:00.000Z"}, 2),
        ({"startDate": "2026-05-15T09:10:00.001Z"}, 1),
        ({"endDate": "2026-05-15T09:10:00.000Z"}, 1),
        ({"endDate": "2026-05-15T09:10:00.001Z"}, 2),
        ({"startDate": "2026-05-15T09:10:00Z", "endDate": "2026-05-15T09:11:00Z"}, 1),
        ({"startDate": "2026-05-15T11:10:00 02:00", "endDate": "2026-05-15"}, None),
        ({"startDate": "2026-05-15", "endDate": "2026-05-16"}, 3),
    ],
)
def test_a_period_has_its_start_in_it_and_its_end_not(
    query: dict[str, str], count: int | None, api: ApiClient, user: User
) -> None:
    for minutes in (-1, 0, 1):
        make_call(user, start_time=START + timedelta(minutes=minutes))

    if count is None:
        assert_invalid(api.get(STATISTICS, **query), "endDate")
    else:
        assert statistics(api, **query)["totalCalls"] == count


def test_an_empty_period_has_no_calls(api: ApiClient, user: User) -> None:
    make_call(user, start_time=START)

    assert statistics(api, startDate="2026-05-15T09:10:00Z", endDate="2026-05-15T09:10:00Z") == NOTHING


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("startDate", "yesterday"), ("endDate", ""), ("status", "completed"), ("userId", "a" * 24), ("limit", "1")],
)
def test_what_is_malformed_or_unknown_is_refused_by_name(parameter: str, value: str, api: ApiClient) -> None:
    assert_invalid(api.get(STATISTICS, **{parameter: value}), parameter)
