"""Tables are emptied also while a server of the test before still writes, on PostgreSQL, where both may want locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.models import Model

from calls.models.rollup import CallDelta, StaleRollup
from contacts.models import Contact
from tests.factories import make_contact, make_organization
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite's writers take turns"),
]


def is_waiting_for(model: type[Model]) -> bool:
    """Somebody waits for a lock of this table, and not of another database's with its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [model._meta.db_table],
        )
        return cursor.fetchone() is not None


def lock(model: type[Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN ROW EXCLUSIVE MODE")


def empty() -> None:
    try:
        with connection.cursor() as cursor:
            # So soon after it has begun to wait it looks for a deadlock, once.
            cursor.execute("SET deadlock_timeout = '10ms'")
        call_command("flush", interactive=False, verbosity=0)
    finally:
        connections.close_all()


def test_a_session_that_wants_what_is_locked_already_goes_first() -> None:
    organization = make_organization()
    has_locked, may_write = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    # The other one looks for a deadlock, and so is the one that gives way.
                    cursor.execute("SET LOCAL deadlock_timeout = '1h'")
                lock(StaleRollup)
                has_locked.set()
                assert may_write.wait(PATIENCE)
                make_contact(organization)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        try:
            # Who empties is held up before the last table until the other one waits for what is locked by then.
            with transaction.atomic():
                lock(CallDelta)
                written = threads.submit(write)
                assert has_locked.wait(PATIENCE)
                emptied = threads.submit(empty)
                wait_until(lambda: is_waiting_for(CallDelta))
                may_write.set()
                wait_until(lambda: is_waiting_for(Contact))
        finally:
            may_write.set()
        written.result(timeout=PATIENCE)
        emptied.result(timeout=PATIENCE)

    assert not Contact.objects.exists()
