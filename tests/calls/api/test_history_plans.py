"""With many calls PostgreSQL reads history through the indexes that were made for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from contacts.models import Contact
from tests.calls.api.reading import HISTORY, STATISTICS, history
from tests.clients import ApiClient, logged_in
from tests.factories import make_organization, make_user
from tether_calls.accounts.models import User

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has another planner"),
]

CALLS = 20_000
START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


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
    statements = [sql for query in captured.captured_queries if '"calls_call"' in (sql := query["sql"])]
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
    assert_uses(plans_of(client, q=text), "call_summary_words")


def test_a_search_that_finds_nothing(client: ApiClient) -> None:
    assert_uses(plans_of(client, q="nobody ever said this"), "call_summary_words")


def test_a_search_that_finds_everything(client: ApiClient) -> None:
    plans = plans_of(client, q="talked")

    assert "Index Scan using call_history on calls_call" in plans, plans
