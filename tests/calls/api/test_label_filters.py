"""Calls by tag, disposition and star: wherever calls are listed or counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call
from calls.selectors import history as selector
from calls.services.counting.fold import count_calls
from calls.services.lifecycle.keep_words import keep_words
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.calls.api.reading import STATISTICS, assert_invalid, found, history, ids
from tests.calls.exporting import made, objects_in
from tests.calls.partner.partners import partner_of
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

ANALYTICS = "/api/calls/analytics"
START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
FILTERS = pytest.mark.parametrize("name", ["tag", "disposition", "isStarred"])


@pytest.fixture
def organization(user: User) -> Organization:
    assert user.organization is not None
    return user.organization


@pytest.fixture
def labelled(user: User, organization: Organization) -> dict[str, Any]:
    """Three calls with everything and one without; what they are asked for by."""
    tag, disposition = make_tag(organization, "Complaint"), make_disposition(organization, "Sold")
    calls = [
        make_call(user, start_time=START + timedelta(hours=hours), disposition=disposition, is_starred=True)
        for hours in range(3)
    ]
    for call in calls:
        put_on(call, tag, make_tag(organization))
    make_call(user, start_time=START + timedelta(minutes=30))
    count_calls()
    return {"calls": calls, "tag": tag.pk, "disposition": disposition.pk, "isStarred": "true"}


@FILTERS
def test_history_by_each(name: str, api: ApiClient, labelled: dict[str, Any]) -> None:
    calls = labelled["calls"]

    page = history(api, **{name: labelled[name]})

    assert [call["_id"] for call in page["calls"]] == ids(*reversed(calls))
    assert (page["total"], "totalCapped" in page) == (3, False)
    assert found(api, **{name: labelled[name]}, endDate="2026-05-15T10:00:00Z") == ids(calls[0])
    assert found(api, **{name: labelled[name]}, startDate="2026-05-15T10:30:00Z") == ids(calls[2])
    assert found(api, **{name: labelled[name]}, offset=2) == ids(calls[0])


@FILTERS
def test_history_by_each_page_by_page(name: str, api: ApiClient, labelled: dict[str, Any]) -> None:
    pages: list[dict[str, Any]] = []
    query = {name: labelled[name], "limit": 1}
    while len(pages) < 5:
        page = history(api, **query)
        pages.append(page)
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]

    assert [call["_id"] for page in pages for call in page["calls"]] == ids(*reversed(labelled["calls"]))
    assert [page["total"] for page in pages] == [3, 3, 3]


def test_calls_without_a_star(api: ApiClient, labelled: dict[str, Any]) -> None:
    assert len(found(api, isStarred="false")) == 1


@FILTERS
def test_counting_stops(
    name: str, api: ApiClient, labelled: dict[str, Any], user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 2)

    page = history(api, **{name: labelled[name]})
    assert (page["total"], page["totalCapped"]) == (2, True)
    of_partner = {"isStarred": "is_starred"}.get(name, name)
    body = partner_of(user).get("/api/v1/calls", **{of_partner: labelled[name]}).body
    assert (body["count"], body["count_capped"], len(body["calls"])) == (2, True, 3)


@pytest.mark.parametrize(
    ("name", "value"), [("tag", "x"), ("disposition", "x"), ("isStarred", "yes"), ("isStarred", "True")]
)
@pytest.mark.parametrize("path", ["/api/calls/history", STATISTICS])
def test_what_is_no_value_of_theirs_is_refused(path: str, name: str, value: str, api: ApiClient) -> None:
    assert_invalid(api.get(path, **{name: value}), name)


@FILTERS
def test_one_that_nobody_has_finds_nothing(name: str, api: ApiClient, user: User) -> None:
    make_call(user)

    assert found(api, **{name: "true" if name == "isStarred" else new_object_id()}) == []


@FILTERS
def test_statistics_by_each(name: str, api: ApiClient, labelled: dict[str, Any]) -> None:
    Call.objects.update(duration=10)

    body = api.get(STATISTICS, **{name: labelled[name]}).body

    assert (body["statistics"]["totalCalls"], body["statistics"]["totalDuration"]) == (3, 30)


@FILTERS
def test_a_search_by_each(name: str, api: ApiClient, labelled: dict[str, Any], user: User) -> None:
    Call.objects.update(ai_summary="About a platypus.")
    keep_words(*Call.objects.all())

    body = api.get("/api/calls/search", q="platypus", **{name: labelled[name]}).body

    assert [hit["call"]["_id"] for hit in body["hits"]] == ids(*reversed(labelled["calls"]))
    assert body["hits"][0]["call"]["isStarred"] is True


@FILTERS
def test_partners_list_by_each(name: str, labelled: dict[str, Any], user: User) -> None:
    of_partner = {"isStarred": "is_starred"}.get(name, name)

    body = partner_of(user).get("/api/v1/calls", **{of_partner: labelled[name]}).body

    assert [call["id"] for call in body["calls"]] == ids(*reversed(labelled["calls"]))
    assert (body["count"], "count_capped" in body) == (3, False)


@FILTERS
def test_an_export_by_each(name: str, user: User, labelled: dict[str, Any]) -> None:
    values: dict[str, Any] = {"is_starred": True} if name == "isStarred" else {name: labelled[name]}

    lines = objects_in(made(user, wanted=selector.HistoryFilter(**values)))

    assert [line["callId"] for line in lines] == ids(*reversed(labelled["calls"]))
    assert (lines[0]["disposition"], lines[0]["isStarred"]) == ("Sold", True)
    assert "Complaint" in lines[0]["tags"]


# ---- Analytics -----------------------------------------------------------------------------------------------------


def analytics(client: ApiClient, **query: Any) -> dict[str, Any]:
    answer = client.get(ANALYTICS, metric="count", **query)
    assert answer.status == 200, answer
    assert_is("CallsAnalyticsResponse", answer.body)
    body: dict[str, Any] = answer.body
    return body


@FILTERS
def test_analytics_of_each(name: str, api: ApiClient, labelled: dict[str, Any]) -> None:
    assert analytics(api, **{name: labelled[name]})["totals"] == {"count": 3}


def test_by_disposition(api: ApiClient, labelled: dict[str, Any]) -> None:
    body = analytics(api, groupBy="disposition")

    groups = [(each["key"], each["values"]["count"]) for each in body["series"]]
    assert groups == [({"disposition": labelled["disposition"], "dispositionName": "Sold"}, 3), ({}, 1)]
    assert body["totals"] == {"count": 4}


def test_a_call_with_several_tags_is_in_the_group_of_each_and_once_in_the_totals(
    api: ApiClient, labelled: dict[str, Any]
) -> None:
    body = analytics(api, groupBy="tag", compare="previous", startDate="2026-05-15T10:00:00Z")

    groups = {each["key"].get("tagName"): each["values"]["count"] for each in body["series"]}
    assert (groups.pop("Complaint"), set(groups.values())) == (2, {1})
    assert (body["totals"], body["previousTotals"]) == ({"count": 2}, {"count": 2})


def test_calls_with_a_tag_by_what_other_tags_they_have(api: ApiClient, labelled: dict[str, Any]) -> None:
    body = analytics(api, groupBy="tag", tag=labelled["tag"])

    assert len(body["series"]) == 4
    assert body["totals"] == {"count": 3}


def test_by_tag_and_day(api: ApiClient, labelled: dict[str, Any]) -> None:
    answer = api.request("GET", ANALYTICS, QUERY_STRING="metric=count&groupBy=tag&groupBy=day")

    counts = {(each["key"].get("tagName"), each["key"]["day"]): each["values"] for each in answer.body["series"]}
    assert counts["Complaint", "2026-05-15"] == {"count": 3}
    assert counts[None, "2026-05-15"] == {"count": 1}


def test_partners_group_by_them_in_their_words(user: User, labelled: dict[str, Any]) -> None:
    body = partner_of(user).get("/api/v1/calls/analytics", metric="count", group_by="disposition").body

    assert body["series"][0]["key"] == {"disposition": labelled["disposition"], "disposition_name": "Sold"}
