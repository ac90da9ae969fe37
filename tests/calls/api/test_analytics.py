"""GET /api/calls/analytics and its twin for partners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.db import connection
from django.db.models.functions import TruncDate
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from calls.selectors import analytics as selector
from calls.services.counting.fold import count_calls
from tests.calls.api.reading import assert_invalid
from tests.calls.partner.partners import assert_error, partner_of
from tests.clients import ApiClient
from tests.contract.components import assert_is
from tests.factories import make_call, make_contact, make_prepaid, make_prompt, make_user
from tether_calls.accounts import wallet
from tether_calls.accounts.models import Organization, User
from tether_calls.common.postgresql.zones import zone_in_sql
from tether_calls.common.times import zone_named

pytestmark = pytest.mark.django_db

PATH, PARTNER_PATH = "/api/calls/analytics", "/api/v1/calls/analytics"
START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


@pytest.fixture(params=["one by one", "added up"])
def counting(request: pytest.FixtureRequest) -> Any:
    """What has the calls counted, or does not yet."""
    return count_calls if request.param == "added up" else lambda: None


_KEYS = {"agent": ("agent", "agentName"), "user": ("user", "userName")}


def read(client: ApiClient, *metrics: str, by: tuple[str, ...] = (), **query: Any) -> dict[str, Any]:
    answer = client.get(PATH, metric=list(metrics) or ["count"], groupBy=list(by), **query)
    assert answer.status == 200, answer
    assert_is("CallsAnalyticsResponse", answer.body)
    body: dict[str, Any] = answer.body
    return body


def series(client: ApiClient, *metrics: str, by: tuple[str, ...], **query: Any) -> list[tuple[Any, ...]]:
    """The values of each group's key and metrics, None for what it does not have."""
    names = [key for name in by for key in _KEYS.get(name, (name,))]
    groups = read(client, *metrics, by=by, **query)["series"]
    return [(*map(group["key"].get, names), *map(group["values"].get, metrics)) for group in groups]


def live_in(user: User, zone: str) -> None:
    Organization.objects.filter(pk=user.home_id).update(time_zone=zone)


def test_the_whole(api: ApiClient, user: User) -> None:
    make_call(user, start_time=START, duration=30)
    make_call(user, start_time=START, duration=90)
    make_call(user, start_time=START, status="busy", duration=0)

    answer = read(api, "count", "talkTime", "averageDuration", "answerRate")

    assert answer.pop("freshness")
    assert answer == {
        "success": True,
        "timezone": "UTC",
        "series": [{"key": {}, "values": answer["totals"]}],
        "totals": {"count": 3, "talkTime": 120, "averageDuration": 60, "answerRate": 0.6667},
    }


def test_nothing(api: ApiClient) -> None:
    answer = read(api, "count", "averageDuration", "p90Duration", "costPerAnswered", by=("day",))

    assert answer["series"] == []
    assert answer["totals"] == {"count": 0}


def test_days_are_those_of_the_zone(api: ApiClient, user: User, counting: Any) -> None:
    live_in(user, "America/Toronto")
    # The clock is set back on the first of November, which has 25 hours.
    for moment in ("2026-11-01T03:59", "2026-11-01T04:00", "2026-11-02T04:59", "2026-11-02T05:00"):
        make_call(user, start_time=datetime.fromisoformat(f"{moment}+00:00"))
    counting()

    assert series(api, "count", by=("day",)) == [("2026-10-31", 1), ("2026-11-01", 2), ("2026-11-02", 1)]
    assert series(api, "count", by=("day",), timezone="UTC") == [("2026-11-01", 2), ("2026-11-02", 2)]


def test_weeks_begin_on_mondays_and_months_on_their_first(api: ApiClient, user: User, counting: Any) -> None:
    for day in ("2026-05-31", "2026-06-01", "2026-06-07", "2026-06-08"):
        make_call(user, start_time=datetime.fromisoformat(f"{day}T12:00+00:00"))
    counting()

    assert series(api, "count", by=("week",)) == [("2026-05-25", 1), ("2026-06-01", 2), ("2026-06-08", 1)]
    assert series(api, "count", by=("month",)) == [("2026-05", 1), ("2026-06", 3)]
    period = {"startDate": "2026-05-31T11:00:00Z", "endDate": "2026-06-07T12:00:00Z"}
    assert series(api, "count", by=("month",), **period) == [("2026-05", 1), ("2026-06", 1)]


def test_an_hour_that_comes_twice_is_two(api: ApiClient, user: User) -> None:
    for moment in ("2026-11-01T05:10", "2026-11-01T05:50", "2026-11-01T06:10", "2026-11-01T07:00"):
        make_call(user, start_time=datetime.fromisoformat(f"{moment}+00:00"))

    assert series(api, "count", by=("hour",), timezone="America/Toronto") == [
        ("2026-11-01T01:00:00-04:00", 2),
        ("2026-11-01T01:00:00-05:00", 1),
        ("2026-11-01T02:00:00-05:00", 1),
    ]


def test_hours_of_zones_that_are_half_an_hour_off(api: ApiClient, user: User) -> None:
    for moment in ("2026-05-15T03:29", "2026-05-15T03:30", "2026-05-15T04:29"):
        make_call(user, start_time=datetime.fromisoformat(f"{moment}+00:00"))

    assert series(api, "count", by=("hour",), timezone="Asia/Kolkata") == [
        ("2026-05-15T08:00:00+05:30", 1),
        ("2026-05-15T09:00:00+05:30", 2),
    ]


def test_hours_of_the_week_begin_with_monday(api: ApiClient, user: User) -> None:
    for moment in ("2026-05-11T00:10", "2026-05-18T00:50", "2026-05-17T23:59"):
        make_call(user, start_time=datetime.fromisoformat(f"{moment}+00:00"))

    assert series(api, "count", by=("hourOfWeek",)) == [(0, 2), (167, 1)]
    assert series(api, "count", by=("hourOfWeek",), timezone="Asia/Kolkata") == [(5, 2), (6, 1)]


def test_by_agent_user_and_number(api: ApiClient, user: User, counting: Any) -> None:
    assert user.organization is not None
    agent = make_prompt(user.organization, name="Sam")
    for fields in ({"ai_agent": agent, "agent_name": "As it was"}, {"ai_agent": agent}, {"agent_name": "Vendor's"}, {}):
        make_call(user, provider_phone_number="+14165550101" if fields else "", **fields)
    Call.objects.filter(agent_name="", ai_agent=None).update(user=None)
    counting()

    assert sorted(series(api, "count", by=("agent",)), key=str) == sorted(
        [(agent.pk, "Sam", 2), (None, "Vendor's", 1), (None, None, 1)], key=str
    )
    assert series(api, "count", by=("user",)) == [(user.pk, user.full_name, 3), (None, None, 1)]
    assert series(api, "count", by=("number",)) == [("+14165550101", 3), (None, 1)]
    assert series(api, "count", by=("user", "agent"), userId=user.pk)[0][:4] == (
        user.pk,
        user.full_name,
        agent.pk,
        "Sam",
    )


def test_by_two(api: ApiClient, user: User, counting: Any) -> None:
    make_call(user, start_time=START, status="busy", direction="inbound")
    make_call(user, start_time=START, provider="sinch")
    make_call(user, start_time=START + timedelta(days=1))
    counting()

    assert series(api, "count", by=("day", "status")) == [
        ("2026-05-15", "busy", 1),
        ("2026-05-15", "completed", 1),
        ("2026-05-16", "completed", 1),
    ]
    assert series(api, "count", by=("provider", "direction")) == [
        ("external", "inbound", 1),
        ("external", "outbound", 1),
        ("sinch", "outbound", 1),
    ]


def test_percentiles_are_within_a_fortieth(api: ApiClient, user: User, counting: Any) -> None:
    for seconds in range(1, 101):
        make_call(user, start_time=START, duration=seconds)
    make_call(user, start_time=START, duration=3600, status="failed")
    counting()

    [(half, most)] = series(api, "p50Duration", "p90Duration", by=())
    assert abs(half - 50) <= 50 / 40
    assert abs(most - 90) <= 90 / 40


def test_what_calls_cost(api: ApiClient, user: User, counting: Any) -> None:
    assert user.organization is not None
    make_prepaid(user.organization, "10")
    call = make_call(user, provider="elevenlabs")
    make_call(user, status="busy")
    wallet.hold(organization_id=user.home_id, call_id=call.pk, amount=Decimal("0.5"), rate=Decimal("0.5"))
    wallet.settle(organization_id=user.home_id, call_id=call.pk, charge=Decimal("0.7525"))
    counting()

    assert series(api, "cost", "costPerAnswered", by=("status",)) == [("busy", 0, None), ("completed", 0.7525, 0.7525)]
    assert series(api, "cost", by=(), toNumber="+14165550199") == [(0.7525,)]


def test_filters_of_the_history(api: ApiClient, user: User, counting: Any) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Zoe")
    make_call(user, contact=contact, direction="inbound", from_number="+14165550177")
    make_call(user, status="busy")
    counting()

    for query in (
        {"contactId": contact.pk},
        {"direction": "inbound"},
        {"fromNumber": "+14165550177"},
        {"q": "zoe"},
        {"status": "completed"},
    ):
        assert read(api, **query)["totals"] == {"count": 1}, query


def test_the_period_before(api: ApiClient, user: User, counting: Any) -> None:
    for hours in (0, 1, 2, 24, 47):
        make_call(user, start_time=START + timedelta(hours=hours))
    counting()
    begin = (START + timedelta(days=1)).isoformat()

    answer = read(api, compare="previous", startDate=begin, endDate=(START + timedelta(days=2)).isoformat())

    assert (answer["totals"], answer["previousTotals"]) == ({"count": 2}, {"count": 3})


def test_other_organizations_calls_and_names_are_not_in_it(api: ApiClient, other_api: ApiClient, user: User) -> None:
    assert user.organization is not None
    stranger = make_user(full_name="Stranger")
    assert stranger.organization is not None
    # A user and an agent who have moved away since.
    make_call(user, user=stranger, ai_agent=make_prompt(stranger.organization, name="Theirs"))

    assert series(api, "count", by=("user", "agent"))[0][1::2] == (None, None)
    for by in ((), ("day",), ("hour",), ("user",)):
        assert read(other_api, by=by)["totals"] == {"count": 0}
        assert read(other_api, by=by, userId=user.pk)["totals"] == {"count": 0}


@pytest.mark.parametrize("by", ["day", "hour", "agent"])
def test_a_thousand_groups_and_no_more(by: str, api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selector, "MOST_GROUPS", 3)
    for number in range(3):
        make_call(user, start_time=START + timedelta(days=number), agent_name=f"Agent {number}")
    assert len(series(api, "count", by=(by,))) == 3
    make_call(user, start_time=START + timedelta(days=3), agent_name="Agent 3")

    for most in (selector._MOST_ROWS, 2):
        monkeypatch.setattr(selector, "_MOST_ROWS", most)
        answer = api.get(PATH, metric="count", groupBy=by)
        assert (answer.status, answer.body["code"]) == (400, "TOO_MANY_GROUPS")
        assert_is("CallsErrorResponse", answer.body)


def test_a_range_of_a_hundred_years_is_one_of_many(api: ApiClient, user: User, counting: Any) -> None:
    make_call(user, start_time=START)
    counting()

    for by in ("day", "hour", "month", "hourOfWeek"):
        query = {"startDate": "1950-01-01", "endDate": "2050-01-01", "compare": "previous"}
        assert len(series(api, "count", by=(by,), **query)) == 1
    assert read(api, startDate="0001-01-01", endDate="9999-12-31", compare="previous")["totals"] == {"count": 1}


@pytest.mark.parametrize("start", ["9999-11-30", "9999-12-02", "9999-12-31", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("zone", ["UTC", "America/Toronto", "Pacific/Kiritimati"])
def test_a_period_that_begins_at_the_end_of_time(
    zone: str, start: str, api: ApiClient, user: User, counting: Any
) -> None:
    live_in(user, zone)
    make_call(user, start_time=START)
    counting()

    for period in ({}, {"endDate": "9999-12-31T23:59:59.999999Z"}):
        for by in ((), ("day",), ("month",)):
            answer = read(api, by=by, startDate=start, compare="previous", **period)
            assert (answer["totals"], answer["series"]) == ({"count": 0}, [])


def test_every_time_zone_is_known_to_the_database(user: User) -> None:
    make_call(user, start_time=START)

    for name in available_timezones() - {"localtime"}:
        zone = zone_named(name)
        assert zone is not None, name
        of_day = TruncDate("start_time", tzinfo=zone_in_sql(zone))
        day = Call.objects.annotate(day=of_day).values_list("day", flat=True).get()
        assert day == START.astimezone(zone).date(), name


@pytest.mark.parametrize("zone", ["CET", "EET", "MET", "WET", "EST", "Europe/Brussels", "America/Toronto"])
def test_the_clock_of_a_zone_is_set_forward_whatever_else_is_called_so(zone: str, api: ApiClient, user: User) -> None:
    moments = [datetime.fromisoformat(f"2026-{month}-14T22:30+00:00") for month in ("01", "07")]
    for moment in moments:
        make_call(user, start_time=moment)

    shown = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    assert series(api, "count", by=("day",), timezone=zone) == [(day.date().isoformat(), 1) for day in shown]
    hours = sorted(moment.weekday() * 24 + moment.hour for moment in shown)
    assert series(api, "count", by=("hourOfWeek",), timezone=zone) == [(hour, 1) for hour in hours]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "metric"),
        ({"metric": "median"}, "metric.0"),
        ({"metric": ["count", "count"]}, "metric"),
        ({"metric": ["count", "cost", "talkTime", "answerRate", "p50Duration"]}, "metric"),
        ({"metric": "x" * 5000}, "metric.0"),
        ({"groupBy": "colour"}, "groupBy.0"),
        ({"groupBy": "contact"}, "groupBy.0"),
        ({"groupBy": ["day", "day"]}, "groupBy"),
        ({"groupBy": ["day", "hour"]}, "groupBy"),
        ({"groupBy": ["day", "agent", "user"]}, "groupBy"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "/etc/localtime"}, "timezone"),
        ({"timezone": "A" * 65}, "timezone"),
        *(
            ({"timezone": name}, "timezone")
            for name in ("posixrules", "localtime", "posix/UTC", "right/UTC", "America")
        ),
        ({"timezone": ["UTC", "UTC"]}, "timezone"),
        ({"compare": "previous"}, "compare"),
        ({"compare": "next", "startDate": "2026-01-01"}, "compare"),
        ({"startDate": "yesterday"}, "startDate"),
        ({"startDate": "2026-02-01", "endDate": "2026-01-01"}, "endDate"),
        ({"status": ["busy", "failed"]}, "status"),
        ({"limit": "5"}, "limit"),
        ({"group_by": "day"}, "group_by"),
    ],
)
def test_what_is_refused(query: dict[str, Any], path: str, api: ApiClient) -> None:
    assert_invalid(
        api.get(
            PATH, **({"metric": "count"} if "groupBy" in query or ("metric" not in query and query) else {}), **query
        ),
        path,
    )


def test_it_needs_a_session(user: User) -> None:
    assert ApiClient().get(PATH, metric="count").status == 401


def test_it_costs_one_statement_and_one_for_names(api: ApiClient, user: User) -> None:
    make_call(user)

    def statements(**query: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(PATH, metric=["count", "p50Duration", "cost"], **query).status == 200
        return len(captured)

    assert statements(groupBy=["day", "status"]) == 2
    assert statements(groupBy=["day", "agent"], compare="previous", startDate="2026-01-01") == 4
    assert statements(groupBy="hour") == 2


def test_partners_have_the_same_in_their_words(user: User) -> None:
    make_call(user, start_time=START, duration=30)
    partner = partner_of(user)

    answer = partner.get(
        PARTNER_PATH, metric=["count", "talk_time"], group_by=["hour_of_week", "user"], start_date="2026-05-01"
    )

    assert answer.status == 200, answer
    assert_is("PartnerAnalytics", answer.body)
    freshness = answer.body["freshness"]
    assert answer.body == {
        "freshness": freshness,
        "timezone": "UTC",
        "series": [
            {
                "key": {"hour_of_week": 105, "user": user.pk, "user_name": user.full_name},
                "values": {"count": 1, "talk_time": 30},
            }
        ],
        "totals": {"count": 1, "talk_time": 30},
        "previous_totals": None,
    }


def test_partners_see_their_organization_and_need_the_permission(
    user: User, other_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_call(user)

    assert partner_of(other_user).get(PARTNER_PATH, metric="count").body["totals"] == {"count": 0}
    assert_error(partner_of(user, "can_read_agents").get(PARTNER_PATH, metric="count"), 403, "permission_denied")
    assert_error(partner_of(user).get(PARTNER_PATH, metric="talkTime"), 400, "invalid_request")
    monkeypatch.setattr(selector, "MOST_GROUPS", 0)
    assert_error(partner_of(user).get(PARTNER_PATH, metric="count"), 400, "too_many_groups")
