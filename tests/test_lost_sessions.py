"""PostgreSQL ends its sessions, as a restart, a failover or a firewall does: no request meets one that is dead."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.db import OperationalError, connection

from tests.clients import vendor_of
from tests.factories import ingest_body, make_user
from tests.server_process import free_ports
from tests.waiting import PATIENCE, wait_until
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


def test_an_attempt_to_connect_again_is_soon_given_up_for_a_new_one() -> None:
    pool = connection.pool  # type: ignore[attr-defined]  # the stubs do not know it

    assert pool.reconnect_timeout <= 5


def test_once_one_has_waited_for_it_in_vain_others_do_not_wait_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "SECONDS_WHILE_AWAY", 0.01)
    (nobody,) = free_ports(1)
    there = connection.settings_dict
    options = {**there["OPTIONS"], "pool": {"min_size": 0, "max_size": 1, "timeout": PATIENCE}}
    away = base.DatabaseWrapper({**there, "PORT": nobody, "OPTIONS": options}, alias="away")
    pool = away.pool  # type: ignore[attr-defined]  # the stubs do not know it
    pool.timeout = 0.05

    def connects() -> bool:
        try:
            away.ensure_connection()
        except OperationalError:
            return False
        return True

    try:
        assert not connects()
        assert pool.timeout == 0.01
        pool.kwargs["port"] = there["PORT"]
        wait_until(connects)
        assert pool.timeout == PATIENCE
    finally:
        away.close()
        away.close_pool()  # type: ignore[attr-defined]
