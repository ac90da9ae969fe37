"""Tables are emptied also while a server of the test before still writes, on PostgreSQL, where both want locks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from calls.models.rollup import StaleRollup
from contacts.models import Contact
from tests.factories import make_contact, make_conversation, make_organization
from tests.waiting import PATIENCE, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("'DATABASE_URL' not in os.environ", reason="SQLite's writers take turns"),
]


def lock_a_table(_: Contact) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {StaleRollup._meta.db_table} IN ROW EXCLUSIVE MODE")


def lock_a_row(contact: Contact) -> None:
    Contact.objects.select_for_update().get(pk=contact.pk)


def write_a_row(contact: Contact) -> None:
    make_contact(contact.organization)


def is_being_emptied() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'active' AND starts_with(query, 'DO $$ BEGIN LOOP')"
        )
        return cursor.fetchone() is not None


@pytest.mark.parametrize("lock", [lock_a_table, lock_a_row, write_a_row])
def test_a_session_that_has_locked_something_goes_first_whatever_it_writes_next(
    lock: Callable[[Contact], None],
) -> None:
    contact = make_contact(make_organization())
    has_locked, may_write = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                lock(contact)
                has_locked.set()
                assert may_write.wait(PATIENCE)
                make_contact(contact.organization)
                make_conversation(contact)
        finally:
            connections.close_all()

    def empty() -> None:
        try:
            call_command("flush", interactive=False, verbosity=0)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        try:
            written = threads.submit(write)
            assert has_locked.wait(PATIENCE)
            emptied = threads.submit(empty)
            wait_until(is_being_emptied)
        finally:
            may_write.set()
        written.result(timeout=PATIENCE)
        emptied.result(timeout=PATIENCE)

    assert not Contact.objects.exists()
