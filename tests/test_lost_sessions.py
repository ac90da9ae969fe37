"""PostgreSQL ends its sessions, as a restart, a failover or a firewall does: no request meets one that is dead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.db import connection

from tests.clients import vendor_of
from tests.factories import ingest_body, make_user

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


def test_requests_after_the_database_came_back_are_answered(live_url: str) -> None:
    vendor = vendor_of(make_user())

    def post(_: int) -> int:
        return requests.post(
            f"{live_url}/api/calls/ingest",
            json=ingest_body(),
            headers={"Authorization": f"Bearer {vendor.token}"},
            timeout=60,
        ).status_code

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        assert set(threads.map(post, range(4 * _AT_ONCE))) == {201}
    end_all_sessions()

    assert [post(number) for number in range(2 * _AT_ONCE)] == [201] * 2 * _AT_ONCE
