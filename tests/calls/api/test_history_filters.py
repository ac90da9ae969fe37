"""GET /api/calls/history: what each filter lets through, and what no filter may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import CallDirection, CallProvider, CallStatus
from calls.selectors import history as selector
from tests.calls.api.reading import HISTORY, assert_invalid, found, history, ids
from tests.clients import ApiClient
from tests.factories import make_call, make_contact, make_user
from tether_calls.accounts.models import User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


def test_by_contact(api: ApiClient, user: User) -> None:
    assert user.organization is not None
    kim, lee = make_contact(user.organization), make_contact(user.organization)
    call = make_call(user, contact=kim)
    make_call(user, contact=lee)
    make_call(user)

    assert found(api, contactId=kim.pk) == ids(call)


def test_by_user(api: ApiClient, user: User) -> None:
    colleague = make_user(organization=user.organization)
    call = make_call(colleague)
    make_call(user)

    assert found(api, userId=colleague.pk) == ids(call)


@pytest.mark.parametrize("status", CallStatus.values)
def test_by_status(status: str, api: ApiClient, user: User) -> None:
    calls = {value: make_call(user, status=value) for value in CallStatus.values}

    assert found(api, status=status) == ids(calls[status])


@pytest.mark.parametrize("direction", CallDirection.values)
def test_by_direction(direction: str, api: ApiClient, user: User) -> None:
    calls = {value: make_call(user, direction=value) for value in CallDirection.values}

    assert found(api, direction=direction) == ids(calls[direction])


@pytest.mark.parametrize("provider", CallProvider.values)
def test_by_provider(provider: str, api: ApiClient, user: User) -> None:
    calls = {value: make_call(user, provider=value) for value in CallProvider.values}

    assert found(api, provider=provider) == ids(calls[provider])


@pytest.mark.parametrize("number", ["+442079460018", " 442079460018"])
@pytest.mark.parametrize(("parameter", "column"), [("fromNumber", "from_number"), ("toNumber", "to_number")])
def test_by_number_whose_plus_may_arrive_as_a_space(
    parameter: str, column: str, number: str, api: ApiClient, user: User
) -> None:
    call = make_call(user, **{column: "+442079460018"})
    make_call(user)

    assert found(api, **{parameter: number}) == ids(call)


def test_by_number_with_a_plus_that_nobody_escaped(api: ApiClient, user: User) -> None:
    call = make_call(user, from_number="+442079460018")

    answer = api.request("GET", f"{HISTORY}?fromNumber=+442079460018")

    assert [found["_id"] for found in answer.body["calls"]] == ids(call)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"startDate": "2026-05-15T09:10:00.000Z"}, [2, 1]),
        ({"endDate": "2026-05-15T09:10:00.000Z"}, [0]),
        ({"startDate": "2026-05-15T09:10:00Z", "endDate": "2026-05-15T09:11:00Z"}, [1]),
        ({"startDate": "2026-05-15T09:10:00Z", "endDate": "2026-05-15T09:10:00Z"}, []),
        ({"startDate": "2026-05-15T05:10:00-04:00", "endDate": "2026-05-15T11:11:00+02:00"}, [1]),
        ({"startDate": "2026-05-15"}, [2, 1, 0]),
        ({"startDate": "2026-05-16"}, []),
        ({"startDate": "2026-05-15T09:10"}, [2, 1]),
        ({"startDate": "0001-01-01", "endDate": "9999-12-31"}, [2, 1, 0]),
        ({"startDate": "9999-12-02"}, []),
    ],
)
def test_by_period_whose_start_is_in_it_and_whose_end_is_not(
    query: dict[str, str], expected: list[int], api: ApiClient, user: User
) -> None:
    calls = [make_call(user, start_time=START + timedelta(minutes=minutes)) for minutes in (-1, 0, 1)]

    assert found(api, **query) == ids(*(calls[index] for index in expected))


def test_by_period_with_a_plus_that_nobody_escaped(api: ApiClient, user: User) -> None:
    call = make_call(user, start_time=START)

    answer = api.request("GET", f"{HISTORY}?startDate=2026-05-15T11:10:00+02:00&endDate=2026-05-15T11:10:01+02:00")

    assert [found["_id"] for found in answer.body["calls"]] == ids(call)


def test_filters_are_all_to_be_met(api: ApiClient, user: User) -> None:
    call = make_call(user, direction="inbound", status="busy")
    make_call(user, direction="inbound")
    make_call(user, status="busy")

    page = history(api, direction="inbound", status="busy", provider="external", userId=user.pk)

    assert [found["_id"] for found in page["calls"]] == ids(call)
    assert page["total"] == 1


@pytest.mark.parametrize("parameter", ["contactId", "userId"])
def test_an_unknown_id_finds_nothing(parameter: str, api: ApiClient, user: User) -> None:
    make_call(user)

    assert history(api, **{parameter: new_object_id()}) == {"success": True, "calls": [], "total": 0}


MALFORMED: list[tuple[str, Any]] = [
    *(
        ("contactId", value)
        for value in ("", "x", "A" * 24, "a" * 23, "a" * 25, "\0" * 24, "' OR 1=1 --", "a" * 24 + "\n")
    ),
    *(("userId", value) for value in ("me", "null", "0")),
    *(("status", value) for value in ("", "COMPLETED", "done", "completed,busy")),
    *(("direction", value) for value in ("", "in", "INBOUND")),
    *(("provider", value) for value in ("", "simulator")),
    *(
        ("fromNumber", value)
        for value in ("", "+", "++14165550100", "+0", "+1416555010a", "+1" * 20, "nobody", "4165550100")
    ),
    *(
        ("toNumber", value)
        for value in ("+1 416 555 010O", "%", "(416)", "14165550100", "anonymous", "+14165550100,+14165550101")
    ),
    *(("startDate", value) for value in ("", "today", "2026-13-01", "2026-02-30", "2026-05-15T25:00", "1", "T")),
    *(
        ("startDate", value)
        for value in (
            "0001-01-01T00:00:00+14:00",
            "10000-01-01",
            "2026-05-15T09:10:00\0",
            "\u0662\u0660\u0662\u0666-\u0660\u0665-\u0661\u0665",
        )
    ),
    *(("endDate", value) for value in ("2026-05-15T09:10:00+99:00", "9999-12-31T23:59:59-14:00", "now()")),
    *(("q", value) for value in ("", " ", "x", "x" * 101, "nu\0l")),
    *(("include", value) for value in ("", "aitranscript", "*")),
]


@pytest.mark.parametrize(("parameter", "value"), MALFORMED)
def test_what_is_malformed_is_refused_by_name(parameter: str, value: str, api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, **{parameter: value}), parameter)


def test_a_period_that_ends_before_it_starts_is_refused(api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, startDate="2026-05-15", endDate="2026-05-14"), "endDate")


@pytest.mark.parametrize(
    "parameter", ["page", "contactid", "contact_id", "Status", "sort", "", "a\0b", "contactId[]", "é"]
)
def test_an_unknown_parameter_is_refused_by_name(parameter: str, api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, **{parameter: "1"}), parameter)


@pytest.mark.parametrize("value", ["completed", "busy"])
def test_a_repeated_parameter_is_refused_by_name(value: str, api: ApiClient) -> None:
    assert_invalid(api.request("GET", f"{HISTORY}?status=completed&status={value}"), "status")


def test_everything_that_is_malformed_is_named_at_once(api: ApiClient) -> None:
    answer = api.get(HISTORY, status="x", limit="x", contactId="x")

    assert {detail["path"] for detail in answer.body["error"]["details"]} == {"status", "limit", "contactId"}


@pytest.mark.parametrize("name", ["contactId", "fromNumber", "toNumber"])
def test_counting_stops_where_the_counts_do_not_know_the_filter(
    name: str, api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    assert user.organization is not None
    contact = make_contact(user.organization)
    for _ in range(3):
        make_call(user, contact=contact)
    value = {"contactId": contact.pk, "fromNumber": "+14165550100", "toNumber": "+14165550199"}[name]

    page = history(api, **{name: value})

    assert (len(page["calls"]), page["total"], page["totalCapped"]) == (3, 2, True)


def test_all_are_counted_where_the_counts_know_the_filter(
    api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)
    for _ in range(3):
        make_call(user)

    page = history(
        api,
        userId=user.pk,
        status="completed",
        direction="outbound",
        provider="external",
        startDate="2026-01-01",
        endDate="2100-01-01",
    )

    assert (page["total"], "totalCapped" in page) == (3, False)
