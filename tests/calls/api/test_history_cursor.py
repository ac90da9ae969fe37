"""GET /api/calls/history: page after page by cursor."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.models import Call
from tests.calls.api.reading import HISTORY, assert_invalid, found, history, ids
from tests.clients import ApiClient, logged_in
from tests.factories import make_call, make_user
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


def walk(client: ApiClient, **query: Any) -> list[str]:
    """The ids of all calls, page after page until there is no next one."""
    page = history(client, **query)
    walked = [call["_id"] for call in page["calls"]]
    while "nextCursor" in page:
        page = history(client, **query, cursor=page["nextCursor"])
        assert page["calls"], "a page that was announced is empty"
        walked += [call["_id"] for call in page["calls"]]
    return walked


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(st.integers(0, 3), max_size=12), limit=st.integers(1, 5))
def test_the_pages_hold_every_call_once_and_in_order_however_many_start_together(
    db: None, moments: list[int], limit: int
) -> None:
    user = make_user()
    step = timedelta(microseconds=1)
    calls = [
        Call(organization=user.organization, provider="external", direction="inbound", start_time=START + step * moment)
        for moment in moments
    ]
    Call.objects.bulk_create(calls)

    expected = sorted(calls, key=lambda call: (call.start_time, call.pk), reverse=True)
    assert walk(logged_in(user), limit=limit) == ids(*expected)


def test_the_last_page_has_no_next_one(api: ApiClient, user: User) -> None:
    make_call(user)

    assert "nextCursor" not in history(api, limit=1)


def test_a_call_that_arrives_meanwhile_moves_nothing(api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(4)]
    page = history(api, limit=2)
    make_call(user)

    assert found(api, limit=2, cursor=page["nextCursor"]) == ids(calls[1], calls[0])


def test_the_limit_may_change_from_page_to_page(api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(4)]
    page = history(api, limit=1)

    assert found(api, limit=3, cursor=page["nextCursor"]) == ids(calls[2], calls[1], calls[0])


def test_every_page_has_the_total_of_the_first(api: ApiClient, user: User) -> None:
    for _ in range(3):
        make_call(user)
    page = history(api, limit=1)
    make_call(user)

    assert history(api, limit=1, cursor=page["nextCursor"])["total"] == 3


def test_the_pages_keep_to_the_filters(api: ApiClient, user: User) -> None:
    busy = [make_call(user, status=status) for status in ("busy", "failed", "busy", "failed", "busy")][::2]
    query = {
        "status": "busy",
        "startDate": "2026-05-01T00:00:00+02:00",
        "fromNumber": "+14165550100",
        "q": "+14165550100",
    }

    assert walk(api, limit=1, **query) == ids(*reversed(busy))


def test_a_cursor_is_good_with_the_same_filters_written_differently(api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(2)]
    page = history(api, limit=1, startDate="2026-05-01", fromNumber="+14165550100")

    query = {"startDate": "2026-05-01T02:00:00+02:00", "fromNumber": " 14165550100"}
    assert found(api, cursor=page["nextCursor"], **query) == ids(calls[0])


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"status": "busy", "direction": "outbound"},
        {"status": "completed"},
        {"direction": "completed"},
        {"status": "busy", "startDate": "2026-05-15"},
        {"status": "busy", "q": "words"},
    ],
)
def test_a_cursor_of_other_filters_is_refused(others: dict[str, str], api: ApiClient, user: User) -> None:
    for _ in range(2):
        make_call(user, status="busy")
    cursor = history(api, limit=1, status="busy")["nextCursor"]

    answer = api.get(HISTORY, cursor=cursor, **others)

    assert answer.status == 400
    assert {detail["path"] for detail in answer.body["error"]["details"]} <= {"cursor", "direction"}


def test_a_cursor_of_another_organization_is_refused(api: ApiClient, other_api: ApiClient, user: User) -> None:
    for _ in range(2):
        make_call(user)

    assert_invalid(other_api.get(HISTORY, cursor=history(api, limit=1)["nextCursor"]), "cursor")


def test_a_colleague_may_go_on_where_a_user_stopped(api: ApiClient, user: User) -> None:
    calls = [make_call(user) for _ in range(2)]
    colleague = logged_in(make_user(organization=user.organization))

    assert found(colleague, cursor=history(api, limit=1)["nextCursor"]) == ids(calls[0])


def test_a_cursor_and_an_offset_are_not_for_the_same_request(api: ApiClient, user: User) -> None:
    for _ in range(2):
        make_call(user)

    assert_invalid(api.get(HISTORY, cursor=history(api, limit=1)["nextCursor"], offset=1), "cursor")


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "\0", "[]", "W10", "e30", "bnVsbA", "=" * 8, "A" * 10_000, "../..", "%", "W1tb"]
)
def test_what_is_no_cursor_is_refused(cursor: str, api: ApiClient) -> None:
    assert_invalid(api.get(HISTORY, cursor=cursor), "cursor")


CHANGES: list[tuple[int, Any]] = [
    *((0, value) for value in ("", "x", "0001-01-01T00:00:00+14:00", "2026-05-15\0")),
    *((0, value) for value in (5, None)),
    *((1, value) for value in ("", "x", 5, "A" * 24, "' OR 1=1 --", "\0" * 24)),
    *((2, value) for value in ("x", -1, 1.5, None, 10**40, 2**63)),
    *((3, value) for value in ("x", 1, None)),
    *((4, value) for value in ("x", 1, None)),
]


def _changed(cursor: str, position: int, value: Any) -> str:
    values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    values[position] = value
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def test_a_cursor_with_something_deep_behind_it_is_refused(api: ApiClient, user: User) -> None:
    for _ in range(2):
        make_call(user)

    cursor = base64.urlsafe_b64decode(history(api, limit=1)["nextCursor"] + "==")
    deep = cursor.removesuffix(b"]") + b"," + b"[" * 3_000 + b"]" * 3_001

    assert_invalid(api.get(HISTORY, limit=1, cursor=base64.urlsafe_b64encode(deep).decode()), "cursor")


@pytest.mark.parametrize(("position", "value"), CHANGES)
def test_a_cursor_that_somebody_changed_is_refused(position: int, value: Any, api: ApiClient, user: User) -> None:
    for _ in range(3):
        make_call(user)

    cursor = history(api, limit=1)["nextCursor"]

    assert_invalid(api.get(HISTORY, limit=1, cursor=_changed(cursor, position, value)), "cursor")
