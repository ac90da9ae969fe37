"""With many calls PostgreSQL never reads a whole history for the admin's list, whatever it is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.models import Call, CallTag, Disposition, ListeningQueue, Prompt, QueuedCall, Recording, Tag
from calls.selectors.staff_list import in_order_of_index
from contacts.models import Contact
from tests.admin_site import admin_of, list_of, make_staff, make_superuser
from tests.calls.api.labelling import make_disposition, make_tag
from tests.factories import make_organization, make_prompt, make_user
from tether_calls.accounts.models import Organization, User

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has another planner"),
]

CALLS = 30_000
# In the place of 50,000, so that there is a history beyond it.
LOOKED_AT = 1_000
START = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """A user of an organization with two thirds of 30,000 calls; taken back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            # Foreign keys are right here, and checking 100,000 of them takes longer than all the rest.
            cursor.execute("SET LOCAL session_replication_role = replica")
        users = [make_user(organization=make_organization()) for _ in range(2)]
        users.insert(1, make_user(organization=users[0].organization))
        organization = users[0].organization
        assert organization is not None
        contacts = [
            Contact(organization=organization, phone_number=f"+4420{number:08}", first_name=f"First{number}")
            for number in range(500)
        ]
        Contact.objects.bulk_create(contacts)
        agents = [make_prompt(organization) for _ in range(2)]
        sold, rare, common = (
            make_disposition(organization, "Sold"),
            make_tag(organization, "rare"),
            make_tag(organization, "common"),
        )
        calls = [
            Call(
                organization=users[number % 3].organization,
                user=users[number % 3],
                contact=contacts[number % 499] if number % 3 < 2 else None,
                ai_agent=agents[number % 2] if number % 4 == 0 else None,
                provider="external",
                direction="outbound" if number % 2 else "inbound",
                status="failed" if number % 100 < 3 else "completed",
                end_reason="busy" if number % 1_000 == 7 else "customer_hangup",
                answered_by="fax" if number % 1_000 == 8 else "human",
                disposition=sold if number % 8 == 0 else None,
                is_starred=number % 50 == 0,
                agent_name="Mia" if number % 2 else "",
                from_number=f"+1416{number % 700:07}",
                to_number=f"+1647{number % 500:07}",
                start_time=START + timedelta(seconds=number),
                duration=float(number % 600),
                ai_summary=f"Talked about topic{number % 5_000}.",
            )
            for number in range(CALLS)
        ]
        Call.objects.bulk_create(calls, batch_size=2_000)
        Recording.objects.bulk_create(
            (
                Recording(call=call, file=f"x/{number}.mp3", size=1, sha256=f"{number:064}")
                for number, call in enumerate(calls[::2])
            ),
            batch_size=5_000,
        )
        CallTag.objects.bulk_create(
            CallTag(call=call, tag=tag, start_time=call.start_time)
            for tag, labelled in ((common, calls[::3]), (rare, calls[0:90:3]))
            for call in labelled
        )
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = origin")
            cursor.execute("ANALYZE")
        yield users[0]
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT", LOOKED_AT)
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT_OF_QUEUE", LOOKED_AT // 10)
    monkeypatch.setattr("calls.selectors.staff_list.LOOKED_AT_OF_TAG", 500)
    monkeypatch.setattr("calls.selectors.staff_list._FEW", 100)
    monkeypatch.setattr("tether_calls.common.admin.paginator.COUNT_CAP", 100)


def _rows_read(plan: dict[str, Any]) -> int:
    """The most rows that one look into a table or index has read, those that it threw away too, however often it ran.

    Of contacts, agents and the like there are few here, so that joins read all of them.
    """
    read = 0
    if plan.get("Relation Name", "").startswith("calls_") or "Index Name" in plan:
        thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        read = int((plan["Actual Rows"] + thrown) * plan["Actual Loops"])
    return max([read, *(_rows_read(below) for below in plan.get("Plans", ()))])


def most_rows_read(client: Client, **query: Any) -> tuple[int, str]:
    """By any statement on calls of the list: how many rows, and which statement."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(list_of(Call), query).status_code == 200
    statements = [sql for each in captured.captured_queries if '"calls_call"' in (sql := each["sql"])]
    assert statements
    read = []
    # As the list has them read: what it has set is gone with its transaction.
    with in_order_of_index(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            (found,) = cursor.fetchone()
            plan = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
            read.append((_rows_read(plan), f"{statement}\n{json.dumps(plan, indent=1)}"))
    return max(read)


QUERIES: list[dict[str, Any]] = [
    {},
    {"status__exact": "failed"},
    {"status__exact": ["failed", "busy"]},
    {"status__exact": ["ringing", "initiated"]},
    {"status__exact": "busy"},
    {"end_reason__exact": "busy"},
    {"end_reason__exact": ["busy", "silence"]},
    {"answered_by__exact": "fax"},
    {"answered_by__exact": ["fax", "ivr"]},
    {"direction__exact": "inbound"},
    {"direction__exact": "inbound", "status__exact": "busy"},
    {"provider__exact": "sinch"},
    {"recorded": "1"},
    {"recorded": "0"},
    {"longer_than": "1"},
    {"longer_than": "999"},
    {"is_starred__exact": "1"},
    {"opted_out": "1"},
    {"opted_out": "0"},
    {"is_starred__exact": "0", "status__exact": "busy"},
    {"agent_name": "mia"},
    {"agent_name": "nobody"},
    {"tag": "common"},
    {"tag": "common", "longer_than": "999"},
    {"tag": "rare"},
    {"disposition": True},
    {"disposition": True, "recorded": "0", "longer_than": "999"},
    {"agent": True},
    {"agent": True, "status__exact": "busy"},
    {"user": True},
    {"user": True, "status__exact": "busy"},
    {"contact": True},
    {"contact": True, "longer_than": "999"},
    {"start_time_from": "2026-05-15", "start_time_to": "2026-05-15", "longer_than": "999"},
    {"start_time__year": "2020"},
    {"o": "-length"},
    {"o": "length", "user": True},
    {"o": "-cost"},
    {"o": "cost", "user": True},
    {"queue": 20},
    {"queue": 5_000},
    {"queue": 20, "longer_than": "1", "o": "-cost"},
]


def make_queue(organization: Organization, *, calls: int) -> ListeningQueue:
    """Of the oldest calls, which lie beyond what is looked at."""
    queue = ListeningQueue.objects.create(organization=organization, name="Quality")
    oldest = Call.objects.filter(organization=organization).order_by("start_time").values_list("pk", flat=True)[:calls]
    drawn = [QueuedCall(queue=queue, call_id=pk, day=START.date(), position=place) for place, pk in enumerate(oldest)]
    QueuedCall.objects.bulk_create(drawn, batch_size=1_000)
    return queue


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_no_filter_reads_a_whole_history(crowd: User, query: dict[str, Any]) -> None:
    organization = crowd.organization
    assert organization is not None
    asked = {
        name: value
        for name, value in query.items()
        if "__" in name or name in ("recorded", "longer_than", "agent_name")
    }
    asked |= {name: value for name, value in query.items() if name.startswith("start_time_")}
    if "tag" in query:
        asked["tag_rows__tag__id__exact"] = Tag.objects.get(name=query["tag"]).pk
    if "disposition" in query:
        asked["disposition__id__exact"] = Disposition.objects.get().pk
    if "agent" in query:
        asked["ai_agent__id__exact"] = Prompt.objects.filter(organization=organization).latest("pk").pk
    if "user" in query:
        asked["user__id__exact"] = crowd.pk
    if "contact" in query:
        asked["contact__id__exact"] = Contact.objects.filter(organization=organization).earliest("pk").pk
    if "queue" in query:
        asked["queue"] = make_queue(organization, calls=query["queue"]).pk
    for client in (admin_of(make_staff(organization)), admin_of(make_superuser())):
        if "o" in query:
            name = query["o"].removeprefix("-")
            column = client.get(list_of(Call)).context["cl"].list_display.index(name)
            asked["o"] = query["o"].replace(name, str(column))
        read, statement = most_rows_read(client, **asked)
        # What is looked at, and a page more; of 30,000.
        assert read <= 3 * LOOKED_AT, f"{read} rows by {statement}"
