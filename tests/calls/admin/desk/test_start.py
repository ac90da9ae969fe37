"""The start page: its figures are those of the API, and each thing that needs somebody leads to the rows it counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from calls.models import Call, CallDelta, Delivery, WebhookSubscription
from calls.selectors.desk import figures
from calls.selectors.desk.figures import Outcome
from calls.services.counting.fold import count_calls
from tests.accounts.keys import make_key
from tests.admin_site import (
    admin_of,
    make_account,
    make_delivery,
    make_phone_number,
    make_staff,
    make_webhook,
    rows_shown,
    statements_of,
    text_of,
)
from tests.calls.admin.desk.test_live import running_call
from tests.clients import ApiClient
from tests.factories import make_call, make_organization, make_prepaid, make_prompt, make_user
from tether_calls.accounts import wallet
from tether_calls.accounts.models import ApiKey, Organization, User, Wallet
from tether_calls.background.clock import note_done, note_worked

START, JOBS = "/admin/", "/admin/jobs/"
TORONTO = ZoneInfo("America/Toronto")
# A Wednesday afternoon in Toronto; in Tokyo it is Thursday.
NOW = datetime(2026, 5, 13, 19, 30, tzinfo=UTC)
MOST_STATEMENTS = 10


@pytest.fixture(autouse=True)
def _it_is_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def in_toronto(home: Organization) -> Organization:
    home.time_zone = TORONTO.key
    home.save()
    return home


@pytest.fixture(params=["one by one", "added up"])
def counting(request: pytest.FixtureRequest) -> Any:
    """What has the calls counted, or does not yet."""
    return count_calls if request.param == "added up" else lambda: None


def at(day: int, hour: int, minute: int = 0, *, month: int = 5) -> datetime:
    """By the clock in Toronto."""
    return datetime(2026, month, day, hour, minute, tzinfo=TORONTO)


def start(client: Client, **query: str) -> dict[str, Any]:
    answer = client.get(START, query)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.context["start"]
    return found


def tiles(client: Client, **query: str) -> dict[str, tuple[str, str, str]]:
    """By name: the figure, the arrow, the change."""
    return {tile.name: (tile.value, tile.arrow, tile.change) for tile in start(client, **query)["tiles"]}


def make_history(user: User) -> None:
    """Two weeks of calls of all kinds, at all hours, those of today and of the same weekday a week ago among them."""
    statuses = ("completed", "completed", "no-answer", "busy", "canceled", "failed", "in-progress")
    for number in range(70):
        status = statuses[number % len(statuses)]
        make_call(
            user,
            status=status,
            direction="inbound" if number % 3 else "outbound",
            answered_by="machine" if number % 14 == 1 else "",
            duration=30.5 * number if status == "completed" else None,
            start_time=at(13, 15, 20) - timedelta(hours=5 * number),
            agent_name="Nora" if number % 4 == 0 else "",
            provider_phone_number=f"+1416555010{number % 3}",
        )


# ---- The same figures as the API's -----------------------------------------------------------------------------------


def test_todays_figures_are_those_of_analytics(
    staff: Client, api: ApiClient, user: User, in_toronto: Organization, counting: Any
) -> None:
    make_history(user)
    counting()
    metrics = ["count", "answerRate", "talkTime", "cost"]
    today = api.get("/api/calls/analytics", metric=metrics, startDate=at(13, 0).isoformat()).body["totals"]

    shown = tiles(staff)

    assert shown["Calls"][0] == str(today["count"])
    assert shown["Answered"][0] == f"{today['answerRate'] * 100:.0f} %"
    assert shown["Talk time"][0] == f"{today['talkTime'] / 60:,.0f}"
    assert shown["Cost"][0] == f"{today['cost']:,.2f}"
    assert today["count"] > 2


def test_the_change_is_that_against_the_same_time_a_week_ago(
    staff: Client, api: ApiClient, user: User, in_toronto: Organization, counting: Any
) -> None:
    for minute in range(3):
        make_call(user, start_time=at(13, 9, minute))
    for minute in range(2):
        make_call(user, start_time=at(6, 15, minute))
    # Later than it is now, of the day before, and of Tokyo's Wednesday.
    for start_time in (at(6, 15, 31), at(5, 23, 59), at(6, 23, 0)):
        make_call(user, start_time=start_time)
    counting()
    before = api.get(
        "/api/calls/analytics", metric=["count"], startDate=at(6, 0).isoformat(), endDate=at(6, 15, 30).isoformat()
    ).body["totals"]

    assert before["count"] == 2
    assert tiles(staff)["Calls"] == ("3", "▲", "50 % more than")
    assert start(staff)["tiles"][0].compared == "last Wednesday by 15:30"


def test_the_bars_are_those_of_analytics_and_together_those_of_statistics(
    staff: Client, api: ApiClient, user: User, in_toronto: Organization, counting: Any
) -> None:
    make_history(user)
    counting()
    counted: Counter[tuple[str, Outcome]] = Counter()

    def count(sign: int, answered_by: str, **asked: str) -> None:
        groups = api.get(
            "/api/calls/analytics",
            metric=["count"],
            groupBy=["day", "status"],
            startDate=at(30, 0, month=4).isoformat(),
            **asked,
        ).body["series"]
        for group in groups:
            day, outcome = group["key"]["day"], figures.outcome_of(group["key"]["status"], answered_by)
            counted[f"{date.fromisoformat(day):%a %-d %b}", outcome] += sign * group["values"]["count"]

    count(1, "")
    count(-1, "", answeredBy="machine")
    count(1, "machine", answeredBy="machine")

    shown = start(staff)

    assert len(shown["days"]) == figures.DAYS
    bars = {
        (row.label, outcome): count
        for row in shown["days"]
        for outcome, count in zip(Outcome, row.counts, strict=True)
        if count
    }
    assert bars == {key: count for key, count in counted.items() if count}
    assert {outcome for _, outcome in bars} == set(Outcome) - {Outcome.OPEN}
    assert [row.total for row in shown["days"]] == [sum(row.counts) for row in shown["days"]]
    answer = api.get("/api/calls/statistics", startDate=at(30, 0, month=4).isoformat())
    assert sum(row.total for row in shown["days"]) == answer.body["statistics"]["totalCalls"]


def test_the_hours_are_those_of_analytics_of_four_whole_weeks(
    staff: Client, api: ApiClient, user: User, in_toronto: Organization, counting: Any
) -> None:
    make_history(user)
    make_call(user, start_time=at(14, 23, month=4))
    counting()
    answer = api.get(
        "/api/calls/analytics",
        metric=["count"],
        groupBy=["hourOfWeek"],
        startDate=at(15, 0, month=4).isoformat(),
        endDate=at(13, 0).isoformat(),
    ).body
    counted = {group["key"]["hourOfWeek"]: group["values"]["count"] for group in answer["series"]}

    heat = start(staff)["heat"]

    cells = [cell for row in heat for cell in row.cells]
    assert {hour: cell.calls for hour, cell in enumerate(cells) if cell.calls} == counted
    assert max(cell.level for cell in cells) == 5
    assert all(bool(cell.level) == bool(cell.calls) for cell in cells)


def test_agents_and_numbers_with_most_calls_are_those_of_analytics(
    staff: Client, api: ApiClient, user: User, in_toronto: Organization, counting: Any
) -> None:
    make_history(user)
    leo = make_prompt(in_toronto, name="Leo")
    for minute in range(30):
        make_call(user, start_time=at(12, 9, minute), ai_agent=leo, agent_name="another name of his")
    counting()

    shown = start(staff)

    for kind, grouping, name in (("agents", "agent", "agentName"), ("numbers", "number", "number")):
        series = api.get(
            "/api/calls/analytics", metric=["count"], groupBy=[grouping], startDate=at(30, 0, month=4).isoformat()
        ).body["series"]
        named = {group["key"][name]: group["values"]["count"] for group in series if group["key"].get(name)}
        first = sorted(named.items(), key=lambda each: -each[1])[:5]
        assert [(row.name, int(row.calls)) for row in shown[kind]] == first
    assert shown["agents"][0].name == "Leo"


def test_missed_calls_are_those_of_people_whom_nobody_answered(
    staff: Client, user: User, in_toronto: Organization
) -> None:
    for status in ("completed", "in-progress", "ringing", "no-answer", "busy", "canceled", "failed"):
        for direction in ("inbound", "outbound"):
            make_call(user, status=status, direction=direction, start_time=at(13, 9))
    assert tiles(staff)["Missed inbound"][0] == "4"


def test_what_calls_cost_is_what_was_booked(staff: Client, user: User, in_toronto: Organization) -> None:
    make_prepaid(in_toronto, "100")
    call = make_call(user, start_time=at(13, 9))
    amount = Decimal("1.25")
    wallet.hold(organization_id=in_toronto.pk, call_id=call.pk, amount=amount, rate=amount)
    assert tiles(staff)["Cost"][0] == "1.25"


CHANGES = [
    # calls now, calls then, the arrow, the words
    (3, 2, "▲", "50 % more than"),
    (1, 2, "▼", "50 % less than"),
    (2, 2, "=", "the same as"),
    (2, 0, "▲", "2 more than"),
    (0, 2, "▼", "100 % less than"),
]


@pytest.mark.parametrize(("now", "then", "arrow", "words"), CHANGES)
def test_a_change_is_told_by_an_arrow_and_in_words(
    staff: Client, user: User, in_toronto: Organization, now: int, then: int, arrow: str, words: str
) -> None:
    for day, count in ((13, now), (6, then)):
        for minute in range(count):
            make_call(user, start_time=at(day, 9, minute))
    assert tiles(staff)["Calls"][1:] == (arrow, words)


def test_a_share_changes_by_points_and_more_of_it_is_good(staff: Client, user: User, in_toronto: Organization) -> None:
    for day, status in ((13, "completed"), (6, "completed"), (6, "busy")):
        make_call(user, status=status, direction="inbound", start_time=at(day, 9))
    shown = {tile.name: tile for tile in start(staff)["tiles"]}
    assert (shown["Answered"].change, shown["Answered"].tone) == ("50 points more than", "good")
    assert (shown["Missed inbound"].change, shown["Missed inbound"].tone) == ("100 % less than", "good")
    assert shown["Calls"].tone == "even"


def test_the_page_has_the_bars_as_data_and_as_a_table(staff: Client, user: User, in_toronto: Organization) -> None:
    make_history(user)
    page = staff.get(START).content.decode()
    found = re.search(r'<script id="desk-bars" type="application/json">(.*?)</script>', page)
    assert found is not None
    drawn = json.loads(found[1])
    assert len(drawn["labels"]) == len(drawn["addresses"]) == figures.DAYS
    assert [each["label"] for each in drawn["outcomes"]] == [str(outcome) for outcome in Outcome]
    assert all(f'<th scope="col">{outcome}</th>' in page for outcome in Outcome)


def test_what_is_drawn_comes_from_the_style_sheet(staff: Client) -> None:
    """So that it can be seen in the light and in the dark: each outcome has its colour, twice."""
    path = finders.find("calls/desk.css")
    assert isinstance(path, str)
    style = Path(path).read_text()
    for outcome in Outcome:
        key = outcome.name.lower()
        assert style.count(f"--desk-{key}: #") == 2
        assert f".desk-outcome-{key} " in style


# ---- Whose -----------------------------------------------------------------------------------------------------------


def test_staff_see_nothing_of_another_organization_whatever_they_ask_for(
    staff: Client, other_user: User, counting: Any
) -> None:
    assert other_user.organization is not None
    make_history(other_user)
    make_trouble(other_user)
    counting()

    shown = start(staff, organization=other_user.home_id)

    assert {tile.value for tile in shown["tiles"]} <= {"0", "0.00", "-"}
    assert not any(row.total for row in shown["days"])
    assert shown["needs"] == []
    assert "heat" not in shown


def test_a_superuser_sees_one_organization_or_all(root: Client, user: User, other_user: User) -> None:
    for someone in (user, user, other_user):
        make_call(someone, start_time=NOW - timedelta(hours=1))
        make_call(someone, start_time=NOW - timedelta(days=1))
    make_call(user, start_time=NOW - timedelta(days=7, hours=1))
    count_calls()

    assert tiles(root, organization=user.home_id)["Calls"][0] == "2"
    shown = start(root)
    assert tiles(root)["Calls"] == ("3", "▲", "200 % more than")
    assert shown["tiles"][0].compared == "last Wednesday, by full hours"
    assert [(row.name, row.calls) for row in shown["organizations"]] == [
        (str(user.organization), "5"),
        (str(other_user.organization), "2"),
    ]
    assert tiles(root, **dict([shown["organizations"][0].address.partition("?")[2].split("=")]))["Calls"][0] == "2"


def test_all_organizations_are_compared_until_the_last_full_hour_of_each_one_s_clock(
    root: Client, user: User, other_user: User
) -> None:
    """It is 19:30 in UTC, and 4:30 of tomorrow in Tokyo, where the day is over."""
    assert other_user.organization is not None
    tokyo = other_user.organization
    tokyo.time_zone = "Asia/Tokyo"
    tokyo.save()
    week = timedelta(days=7)
    for start_time in (NOW, NOW - timedelta(minutes=31), NOW - week, NOW - week - timedelta(minutes=31)):
        make_call(user, start_time=start_time)
    midnight = datetime(2026, 5, 13, tzinfo=ZoneInfo("Asia/Tokyo"))
    for hours in (1, 23, 25):
        make_call(other_user, start_time=midnight + timedelta(hours=hours))
    make_call(other_user, start_time=midnight - week + timedelta(hours=23))
    count_calls()

    # Until now there are two and two; until the last full hour one and two, and a week ago one and one.
    assert tiles(root)["Calls"] == ("4", "▲", "50 % more than")


def test_all_organizations_together_are_the_sum_of_each(root: Client, user: User, other_user: User) -> None:
    for someone in (user, other_user):
        make_history(someone)
    count_calls()

    each = [start(root, organization=someone.home_id)["days"] for someone in (user, other_user)]

    together = [
        [sum(counts) for counts in zip(*(row.counts for row in rows), strict=True)] for rows in zip(*each, strict=True)
    ]
    assert [row.counts for row in start(root)["days"]] == together


# ---- What needs somebody -------------------------------------------------------------------------------------------


def make_trouble(user: User) -> None:
    """One thing of each kind, and beside each what is none."""
    organization = user.organization
    assert organization is not None
    for state in Delivery._meta.get_field("state").choices or ():
        make_delivery(organization, state=state[0])
    make_webhook(organization)
    make_webhook(organization, failing_since=NOW - timedelta(hours=2))
    for reason in ("failing", "gone", "by_hand"):
        make_webhook(organization, is_active=False, disabled_reason=reason, failing_since=NOW)
    make_prepaid(organization, "9.99")
    for reason in ("unheard_of", "unknown_at_provider", "no_answer"):
        for days in (0, 6, 9):
            make_call(user, status="failed", end_reason=reason, start_time=NOW - timedelta(days=days))
    for days in (-1, 1, 13, 15):
        make_key(user, "can_read_calls", expires_at=NOW + timedelta(days=days))
    make_key(user, "can_read_calls", expires_at=NOW + timedelta(days=1), revoked_at=NOW)
    make_key(user, "can_read_calls", expires_at=NOW + timedelta(days=1), replaced_by=make_key(user, "can_read_calls"))


EXPECTED = {
    "delivery of a provider has failed and is tried again": "1",
    "delivery of a provider cannot be applied": "1",
    "webhook does not arrive": "1",
    "webhooks were disabled after a day of failures": "2",
    "wallet runs low": "1",
    "calls of the last week that nobody heard of again": "2",
    "calls of the last week that their providers do not know": "2",
    "API keys expire within two weeks": "2",
}


@pytest.fixture
def _jobs_are_done(settings: Settings) -> None:
    for name in settings.TETHER_JOBS:
        note_worked(name)
        note_done(name, 0.1)


@pytest.mark.usefixtures("_jobs_are_done")
@pytest.mark.parametrize("who", ["staff", "root", "root, of one"])
def test_each_thing_that_needs_somebody_leads_to_a_list_of_exactly_these_rows(
    staff: Client, root: Client, user: User, other_user: User, who: str
) -> None:
    make_trouble(user)
    if who != "root":
        make_trouble(other_user)
    client = staff if who == "staff" else root

    needs = start(client, **({"organization": user.home_id} if who == "root, of one" else {}))["needs"]

    assert {need.text: need.count for need in needs} == EXPECTED
    for need in needs:
        rows = rows_shown(client.get(need.address))
        assert len(rows) == int(need.count), need.address
        assert {_organization_of(row) for row in rows} == {user.organization_id}


def _organization_of(row: Any) -> str:
    if isinstance(row, ApiKey):
        return row.user.home_id
    assert isinstance(row, Call | Delivery | Wallet | WebhookSubscription)
    organization_id: str = row.organization_id
    return organization_id


def test_what_cannot_be_put_right_by_itself_comes_first(staff: Client, user: User) -> None:
    make_trouble(user)
    serious = [need.is_serious for need in start(staff)["needs"]]
    assert serious == sorted(serious, reverse=True)
    assert set(serious) == {True, False}


def test_of_one_kind_a_hundred_are_counted(staff: Client, home: Organization, monkeypatch: Any) -> None:
    monkeypatch.setattr("calls.selectors.desk.attention.MOST", 2)
    monkeypatch.setattr("calls.admin.desk.needs.MOST", 2)
    for _ in range(4):
        make_delivery(home, state="failed")
    assert [need.count for need in start(staff)["needs"]] == ["2+"]


def test_where_nothing_is_wrong_it_says_so(staff: Client, user: User) -> None:
    make_call(user, start_time=NOW)
    assert "everything that should arrive does" in text_of(staff.get(START))


def test_what_a_low_balance_is_can_be_set(staff: Client, home: Organization, settings: Settings) -> None:
    make_prepaid(home, "9.99")
    settings.TETHER_LOW_BALANCE = Decimal("9.99")
    assert start(staff)["needs"] == []
    home.is_prepaid = False
    home.save()
    settings.TETHER_LOW_BALANCE = Decimal(10)
    assert start(staff)["needs"] == []


# ---- Jobs --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_jobs_are_done")
def test_jobs_that_are_done_need_nobody(root: Client) -> None:
    assert start(root)["needs"] == []
    assert {row.state for row in root.get(JOBS).context["rows"]} == {"On time"}


@pytest.mark.usefixtures("_jobs_are_done")
def test_a_job_that_stands_still_is_for_superusers(root: Client, staff: Client, later: Any, settings: Settings) -> None:
    later(3 * 60 + settings.TETHER_JOB_SECONDS + 1)

    [need] = start(root)["needs"]

    late = [row.name for row in root.get(need.address).context["rows"] if row.state == "Late"]
    assert need.text == f"{len(late)} jobs of the service stand still"
    assert {"Deliver webhooks", "Count calls", "Retry deliveries"} <= set(late)
    assert "Prune" not in late
    assert start(staff)["needs"] == []
    assert staff.get(JOBS).status_code == 403


def test_without_the_cache_the_page_opens_all_the_same(root: Client, monkeypatch: Any) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr("calls.admin.desk.jobs.read_clock", away)
    [need] = start(root)["needs"]
    assert "cache does not answer" in need.text
    assert "nobody knows" in text_of(root.get(JOBS))


# ---- A new organization --------------------------------------------------------------------------------------------


def test_a_new_organization_is_told_what_to_do_first(staff: Client, user: User, home: Organization) -> None:
    steps = start(staff)["steps"]
    assert [step.is_done for step in steps] == [False] * 4
    for step in steps:
        assert step.address in staff.get(START).content.decode()

    make_key(user, "can_read_calls")
    make_account(home)
    make_prompt(home)
    make_phone_number(home)
    assert [step.is_done for step in start(staff)["steps"]] == [True] * 4


def test_what_others_have_done_is_none_of_it(staff: Client, other_user: User) -> None:
    assert other_user.organization is not None
    make_key(other_user, "can_read_calls")
    make_account(other_user.organization)
    make_prompt(other_user.organization)
    make_phone_number(other_user.organization)
    assert [step.is_done for step in start(staff)["steps"]] == [False] * 4


def test_an_organization_with_calls_of_long_ago_is_not_new(staff: Client, user: User) -> None:
    make_call(user, start_time=NOW - timedelta(days=100))
    assert start(staff)["steps"] == []


# ---- Statements --------------------------------------------------------------------------------------------------


def test_it_takes_ten_statements_at_most_however_much_there_is(
    staff: Client, root: Client, user: User, home: Organization
) -> None:
    whose = {"staff": (staff, {}), "root": (root, {}), "root, of one": (root, {"organization": user.home_id})}

    def count(client: Client, query: dict[str, str]) -> int:
        cache.clear()
        return len(statements_of(client, START, **query))

    def too_many() -> dict[str, int]:
        counts = {who: count(client, query) for who, (client, query) in whose.items()}
        return {who: so_many for who, so_many in counts.items() if so_many > MOST_STATEMENTS}

    assert too_many() == {}
    for _ in range(2):
        make_history(user)
        for _ in range(3):
            make_call(user, ai_agent=make_prompt(home), start_time=NOW)
            running_call(user)
        count_calls()
        make_trouble_again(user)
        assert too_many() == {}


def make_trouble_again(user: User) -> None:
    assert user.organization is not None
    make_delivery(user.organization, state="failed")
    make_webhook(user.organization, failing_since=NOW)


def test_staff_without_calls_read_no_calls_for_it(user: User) -> None:
    """The figures come from what is added up; of calls one by one only the part of a day a week ago is read."""
    client = admin_of(make_staff(make_organization()))
    make_history(user)
    count_calls()
    assert not CallDelta.objects.exists()
    cache.clear()
    assert len(statements_of(client, START)) <= MOST_STATEMENTS


def test_too_many_agents_to_be_told_apart_are_told_so(staff: Client, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "_MOST_GROUPS", 1)
    for name in ("Nora", "Omar", "Mia"):
        make_call(user, agent_name=name, start_time=NOW)
    count_calls()
    assert start(staff)["agents"] is None
    assert "too many to be told apart" in text_of(staff.get(START))


def test_a_user_of_no_organization_who_is_no_superuser_gets_no_figures(db: None) -> None:
    client = admin_of(make_user(organization=None, is_staff=True))
    answer = client.get(START)
    assert answer.status_code == 200
    assert "start" not in answer.context
