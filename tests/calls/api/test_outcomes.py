"""How calls ended, as history, statistics, analytics, exports and partners are asked for it."""

from __future__ import annotations

from typing import Any

import pytest

from calls.models import Call
from calls.outcomes import AnsweredBy, EndReason
from calls.services.counting.fold import count_calls
from tests.calls.api.reading import assert_invalid
from tests.calls.partner.partners import CALLS, partner_of
from tests.clients import ApiClient
from tests.factories import make_call
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db

HISTORY, STATISTICS, ANALYTICS = ("/api/calls/history", "/api/calls/statistics", "/api/calls/analytics")
ENDED = [
    {"status": "completed", "end_reason": "customer_hangup", "end_fault": "none", "answered_by": "human"},
    {"status": "completed", "end_reason": "machine_hangup", "end_fault": "none", "answered_by": "machine"},
    {"status": "busy", "end_reason": "busy", "end_fault": "callee"},
    {"status": "failed", "end_reason": "invalid_number", "end_fault": "callee"},
    {"status": "failed", "end_reason": "unknown", "end_fault": "none"},
    {"status": "ringing"},
]


@pytest.fixture(autouse=True, params=[False, True], ids=["changes", "added up"])
def calls(request: pytest.FixtureRequest, user: User, other_user: User) -> dict[str, Call]:
    made = {told.get("end_reason", ""): make_call(user, **told) for told in ENDED}
    make_call(other_user, status="busy", end_reason="busy", end_fault="callee", answered_by="machine")
    if request.param:
        count_calls()
    return made


@pytest.mark.parametrize("reason", [told["end_reason"] for told in ENDED if "end_reason" in told])
def test_history_has_those_that_ended_so_and_counts_them(reason: str, calls: dict[str, Call], api: ApiClient) -> None:
    page = api.get(HISTORY, endReason=reason).body

    assert ([call["_id"] for call in page["calls"]], page["total"]) == ([calls[reason].pk], 1)
    assert page["calls"][0]["endReason"] == reason


def test_history_has_those_that_a_machine_answered(calls: dict[str, Call], api: ApiClient) -> None:
    assert [call["_id"] for call in api.get(HISTORY, answeredBy="machine").body["calls"]] == [
        calls["machine_hangup"].pk
    ]


def test_statistics_count_those_that_ended_so(api: ApiClient) -> None:
    assert api.get(STATISTICS, endReason="invalid_number").body["statistics"]["totalCalls"] == 1
    assert api.get(STATISTICS, answeredBy="human").body["statistics"]["totalCalls"] == 1
    assert api.get(STATISTICS).body["statistics"]["totalCalls"] == len(ENDED)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("endReason", {told.get("end_reason"): 1 for told in ENDED}),
        ("answeredBy", {None: 4, "human": 1, "machine": 1}),
    ],
)
def test_analytics_tell_them_apart(name: str, expected: dict[str | None, int], api: ApiClient) -> None:
    series = api.get(ANALYTICS, metric="count", groupBy=name).body["series"]

    assert {group["key"].get(name): group["values"]["count"] for group in series} == expected


def test_partners_ask_the_same_in_their_words(user: User, calls: dict[str, Call]) -> None:
    partner = partner_of(user)

    (shown,) = partner.get(CALLS, end_reason="busy").body["calls"]
    assert (shown["id"], shown["end_reason"], shown["end_fault"], shown["answered_by"]) == (
        calls["busy"].pk,
        "busy",
        "callee",
        None,
    )
    assert partner.get(CALLS, answered_by="machine").body["count"] == 1
    series = partner.get("/api/v1/calls/analytics", metric="count", group_by="end_reason").body["series"]
    assert {group["key"]["end_reason"] for group in series} == {told.get("end_reason") for told in ENDED}


@pytest.mark.parametrize("path", [HISTORY, STATISTICS, ANALYTICS])
@pytest.mark.parametrize(("name", "words"), [("endReason", EndReason), ("answeredBy", AnsweredBy)])
def test_only_words_of_the_vocabulary_may_be_asked_for(path: str, name: str, words: Any, api: ApiClient) -> None:
    metric = {"metric": "count"} if path == ANALYTICS else {}
    for word in words:
        assert api.get(path, **metric, **{name: word}).status == 200
    for word in ("abducted", "BUSY", "busy,no_answer"):
        assert_invalid(api.get(path, **metric, **{name: word}), name)
