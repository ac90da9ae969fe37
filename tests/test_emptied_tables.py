"""Tables are emptied also while a server of the test before still writes, on PostgreSQL, where both may want locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from calls.models.rollup import StaleRollup
from contacts.models import Contact
from tests.factories import make_contact, make_organization
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite's writers take turns"),
]


def is_waiting_for(table: str) -> bool:
    """Somebody waits for a lock of this table, and not of another database's with its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [table],
        )
        return cursor.fetchone() is not None


def empty(emptying: Event) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '10ms'")
        emptying.set()
        call_command("flush", interactive=False, verbosity=0)
    finally:
        connections.close_all()


def test_a_session_that_wants_what_is_locked_already_goes_first() -> None:
    organization = make_organization()
    last = StaleRollup._meta.db_table
    emptying = Event()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # The other one looks for a deadlock, and so is the one that gives way.
                cursor.execute("SET LOCAL deadlock_timeout = '1h'")
                cursor.execute(f"LOCK TABLE {last} IN ROW EXCLUSIVE MODE")
            emptied = threads.submit(empty, emptying)
            assert emptying.wait(PATIENCE)
            wait_until(lambda: is_waiting_for(last))
            make_contact(organization)
        emptied.result(timeout=PATIENCE)

    assert not Contact.objects.exists()
