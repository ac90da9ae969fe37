"""With many calls PostgreSQL reads history through the indexes that were made for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.models import Call, CallTag, Disposition, Tag
from calls.selectors import finding
from calls.selectors import history as selector
from contacts.models import Contact
from tests.admin_site import admin_of, make_staff, page_of
from tests.calls.api.labelling import make_disposition, make_tag
from tests.calls.api.reading import HISTORY, STATISTICS, history
from tests.clients import ApiClient, logged_in
from tests.factories import make_organization, make_user
from tether_calls.accounts.models import User

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has another planner"),
]

CALLS = 20_000
# A statement for the one call that comes next.
NEIGHBOUR = re.compile(r'FROM "calls_call" .*"start_time" [<>]= .* LIMIT 1$', re.DOTALL)
START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _label(user: User) -> None:
    """A common tag on all calls, a rare one on the oldest; a disposition on each fortieth, a star on each twentieth."""
    assert user.organization is not None
    tags = [make_tag(user.organization, name) for name in ("common", "rare")]
    disposition = make_disposition(user.organization, "Sold")
    calls = list(Call.objects.filter(organization=user.organization).order_by("start_time"))
    CallTag.objects.bulk_create(
        CallTag(call=call, tag=tag, start_time=call.start_time)
        for tag, labelled in zip(tags, (calls, calls[:30]), strict=True)
        for call in labelled
    )
    Call.objects.filter(pk__in=[call.pk for call in calls[::40]]).update(disposition=disposition)
    Call.objects.filter(pk__in=[call.pk for call in calls[::20]]).update(is_starred=True)


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """A user of an organization with a third of 20,000 calls; taken back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        # Foreign keys are right here, and checking 100,000 of them takes longer than all the rest.
        _execute("SET LOCAL session_replication_role = replica")
        users = [make_user(organization=make_organization()) for _ in range(3)]
        contacts = Contact.objects.bulk_create(
            Contact(
                organization=users[number % 3].organization,
                phone_number=f"+4420{number:08}",
                first_name=f"First{number}",
                last_name=f"Last{number}",
            )
            for number in range(1_000)
        )
        Call.objects.bulk_create(
            (
                Call(
                    organization=users[number % 3].organization,
                    user=users[number % 3],
                    contact=contacts[number % 999],
                    provider="external",
                    direction="outbound" if number % 2 else "inbound",
                    status="failed" if number % 100 < 3 else "completed",
                    from_number=f"+1416{number % 700:07}",
                    to_number=f"+1647{number % 500:07}",
                    start_time=START + timedelta(seconds=number),
                    duration=float(number % 600),
                    ai_summary=f"Talked about topic{number % 5_000}.",
                )
                for number in range(CALLS)
            ),
            batch_size=2_000,
        )
        _label(users[0])
        _execute("SET LOCAL session_replication_role = origin")
        _execute("ANALYZE")
        yield users[0]
        transaction.set_rollback(True)


@pytest.fixture
def client(crowd: User) -> ApiClient:
    return logged_in(crowd)


def plans_of(client: ApiClient, path: str = HISTORY, **query: Any) -> str:
    """The plans of all statements on calls that a request sends."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, **query).status == 200
    return explained([sql for query in captured.captured_queries if '"calls_call"' in (sql := query["sql"])])


def explained(statements: list[str]) -> str:
    """The plans of statements, of which there is one at least."""
    assert statements
    plans = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)


def assert_uses(plans: str, *indexes: str) -> None:
    assert "Seq Scan on calls_call" not in plans, plans
    for index in indexes:
        assert index in plans, plans


def test_the_first_page(client: ApiClient) -> None:
    plans = plans_of(client)

    assert "Index Scan using call_history on calls_call" in plans, plans
    assert "Sort" not in plans, plans


def test_a_page_by_cursor_enters_the_index_where_the_page_before_ended(client: ApiClient) -> None:
    plans = plans_of(client, cursor=history(client)["nextCursor"])

    assert_uses(plans, "Index Scan using call_history on calls_call", "start_time <=")
    assert "Sort" not in plans, plans


def test_a_contacts_calls(client: ApiClient, crowd: User) -> None:
    contact = Contact.objects.filter(organization=crowd.organization).first()
    assert contact is not None

    assert_uses(plans_of(client, contactId=contact.pk), "call_history_of_contact")


def test_calls_by_status(client: ApiClient) -> None:
    assert_uses(plans_of(client, status="failed"), "call_history_by_status")


@pytest.mark.parametrize(
    ("parameter", "number", "index"),
    [
        ("fromNumber", "+14160000021", "call_history_from_number"),
        ("toNumber", "+16470000021", "call_history_to_number"),
    ],
)
def test_calls_by_number(parameter: str, number: str, index: str, client: ApiClient) -> None:
    assert_uses(plans_of(client, **{parameter: number}), index)


def test_calls_of_a_day(client: ApiClient) -> None:
    query = {"startDate": "2026-05-15T10:00:00Z", "endDate": "2026-05-15T10:10:00Z"}

    assert_uses(plans_of(client, **query), "call_history")
    assert_uses(plans_of(client, STATISTICS, **query), "call_history")


@pytest.mark.parametrize("text", ["topic4321", "First33", "+14160000021", "topic4321 talked"])
def test_a_search(text: str, client: ApiClient) -> None:
    common, plans = plans_of(client, q=text).split("Aggregate", 2)[1:]

    # The few newest calls tell that it is not common.
    assert "Index Scan using call_history on calls_call" in common, common
    assert_uses(plans, "call_summary_words")
    # Nor is the history read back until the page is full, whatever the planner thinks of an OR.
    assert "Index Scan using call_history on calls_call" not in plans, plans


def test_a_search_that_finds_nothing(client: ApiClient) -> None:
    assert_uses(plans_of(client, q="nobody ever said this"), "call_summary_words")


def test_a_search_that_finds_everything(client: ApiClient) -> None:
    plans = plans_of(client, q="talked")

    assert "Index Scan using call_history on calls_call" in plans, plans


@pytest.mark.parametrize("text", ["talked", "Talked about", "talked, about."])
def test_a_search_that_finds_more_than_is_counted_reads_the_newest_and_divides_no_summary_of_plain_words(
    text: str, client: ApiClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr(selector, "COUNT_CAP", 200)
    # Of the calls that there are, all would be looked at.
    monkeypatch.setattr(finding, "FEW", 100)

    plans = plans_of(client, q=text)

    assert history(client, q=text)["totalCapped"] is True
    assert_uses(plans, "call_history on calls_call")
    assert "call_summary_words" not in plans, plans
    assert "Sort" not in plans, plans
    assert plans.count("to_tsvector") == plans.count("ELSE (to_tsvector") > 0, plans


def test_the_history_of_a_common_tag(client: ApiClient) -> None:
    *_, page = plans_of(client, tag=Tag.objects.get(name="common").pk).split("Limit")

    assert_uses(page, "call_history_of_tag")
    assert "Sort" not in page, page


def test_the_history_of_a_rare_tag(client: ApiClient) -> None:
    plans = plans_of(client, tag=Tag.objects.get(name="rare").pk)

    assert_uses(plans, "call_history_of_tag")
    assert "Index Scan using call_history on calls_call" not in plans, plans


def test_a_page_of_a_tag_by_cursor_enters_its_index_where_the_page_before_ended(client: ApiClient) -> None:
    tag = Tag.objects.get(name="common")

    plans = plans_of(client, tag=tag.pk, cursor=history(client, tag=tag.pk)["nextCursor"])

    assert_uses(plans, "call_history_of_tag")
    assert "Sort" not in plans, plans


def test_the_history_of_a_disposition(client: ApiClient) -> None:
    assert_uses(plans_of(client, disposition=Disposition.objects.get().pk), "call_history_of_disposition")


def test_calls_with_a_star(client: ApiClient) -> None:
    assert_uses(plans_of(client, isStarred="true"), "call_history_starred")


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "call_history on calls_call"),
        ("status__exact=failed", "call_history_by_status on calls_call"),
        ("start_time_from=2026-05-15&start_time_to=2026-05-15", "call_history on calls_call"),
    ],
)
def test_the_calls_beside_one_on_its_page_in_the_admin(crowd: User, query: str, index: str) -> None:
    assert crowd.organization is not None
    staff = admin_of(make_staff(crowd.organization))
    failed = Call.objects.filter(organization=crowd.organization, status="failed").order_by("start_time")
    call = failed[failed.count() // 2]
    with CaptureQueriesContext(connection) as captured:
        assert staff.get(page_of(call), {"_changelist_filters": query}).status_code == 200
    beside = [sql for query in captured.captured_queries if NEIGHBOUR.search(sql := query["sql"])]

    assert len(beside) == 2
    plans = explained(beside)

    assert index in plans, plans
    assert "Seq Scan" not in plans, plans
    assert "Sort" not in plans, plans
