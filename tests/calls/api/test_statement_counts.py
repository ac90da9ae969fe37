"""How many statements a read costs, whatever the number of calls."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.calls.api.reading import HISTORY, STATISTICS, add_recording, history
from tests.clients import ApiClient
from tests.factories import make_call, make_contact, make_conversation, make_user
from tether_calls.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def call_id(user: User) -> str:
    """One of several calls, each with everything that a call may have."""
    assert user.organization is not None
    for _ in range(5):
        contact = make_contact(user.organization)
        owner = make_user(organization=user.organization)
        call = make_call(owner, contact=contact, conversation=make_conversation(contact), ai_transcript=[])
        add_recording(call)
    call_id: str = call.pk
    return call_id


def statements(client: ApiClient, path: str, **query: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, **query).status == 200
    return len(captured)


def test_history_costs_user_calls_recordings_and_count(api: ApiClient, call_id: str) -> None:
    assert statements(api, HISTORY) == 4


def test_history_with_filters_costs_no_more(api: ApiClient, call_id: str, user: User) -> None:
    query = {"status": "completed", "provider": "external", "startDate": "2026-01-01", "include": "aiTranscript"}

    assert statements(api, HISTORY, **query) == 4


def test_history_by_cursor_costs_no_count(api: ApiClient, call_id: str) -> None:
    cursor = history(api, limit=2)["nextCursor"]

    assert statements(api, HISTORY, limit=2, cursor=cursor) == 3


def test_a_search_costs_one_more_for_the_contacts(api: ApiClient, call_id: str) -> None:
    # PostgreSQL is asked beforehand whether it is many of the newest calls, and whether it is few of all:
    # page and total know it then.
    assert statements(api, HISTORY, q="Kim") == (7 if connection.vendor == "postgresql" else 5)


def test_one_call_costs_user_call_and_recordings(api: ApiClient, call_id: str) -> None:
    assert statements(api, f"/api/calls/{call_id}") == 3


def test_a_recording_costs_user_call_recording_and_that_it_is_written_down(api: ApiClient, call_id: str) -> None:
    assert statements(api, f"/api/calls/{call_id}/recording") == 4


def test_statistics_cost_user_and_totals(api: ApiClient, call_id: str) -> None:
    assert statements(api, STATISTICS) == 2
