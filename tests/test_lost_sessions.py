"""PostgreSQL ends its sessions, as a restart, a failover or a firewall does: no request meets one that is dead."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.db import connection

from tests.clients import vendor_of
from tests.factories import ingest_body, make_user
from tests.waiting import PATIENCE
from tether_calls.common.postgresql import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite has no sessions that end"),
]

_AT_ONCE = 8


def end_all_sessions() -> None:
    """Those of this process's pool as well, but for the one that says so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture
def post(live_url: str) -> Callable[[int], int]:
    """Pushes a call and returns the status; the pool has several sessions by then."""
    vendor = vendor_of(make_user())

    def push(_: int) -> int:
        return requests.post(
            f"{live_url}/api/calls/ingest",
            json=ingest_body(),
            headers={"Authorization": f"Bearer {vendor.token}"},
            timeout=PATIENCE,
        ).status_code

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        assert set(threads.map(push, range(4 * _AT_ONCE))) == {201}
    return push


def test_requests_after_the_database_came_back_are_answered(
    post: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the last request had been long ago.
    monkeypatch.setattr(base, "TRUSTED_SECONDS", 0.0)
    end_all_sessions()

    assert [post(number) for number in range(2 * _AT_ONCE)] == [201] * 2 * _AT_ONCE


def test_one_request_at_most_meets_a_session_that_has_just_ended(
    post: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if no time had passed, however slow the machine is.
    monkeypatch.setattr(base, "TRUSTED_SECONDS", 3600.0)
    end_all_sessions()

    statuses = [post(number) for number in range(2 * _AT_ONCE)]

    assert statuses[1:] == [201] * (2 * _AT_ONCE - 1)
