"""On SQLite the writers of a process take turns, and whoever fails gives the turn back."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from contacts.models import Contact
from tests.at_once import at_once
from tests.factories import make_contact, make_organization
from tests.waiting import PATIENCE
from tether_calls.accounts.models import Organization
from tether_calls.common.sqlite import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL needs no turns"),
]


class ChangedOurMind(Exception):
    pass


@pytest.fixture(autouse=True)
def _the_turn_is_given_back() -> Any:
    yield
    assert not base._writers.locked()


def is_free() -> bool:
    return not base._writers.locked()


def test_a_transaction_has_the_turn_until_it_commits() -> None:
    with transaction.atomic():
        assert not is_free()
        make_organization()
        assert not is_free()
    assert is_free()


def test_a_transaction_that_fails_gives_it_back() -> None:
    with pytest.raises(ChangedOurMind), transaction.atomic():
        raise ChangedOurMind
    assert is_free()


def test_a_transaction_within_a_transaction_needs_no_second_turn() -> None:
    with transaction.atomic():
        with pytest.raises(ChangedOurMind), transaction.atomic():
            raise ChangedOurMind
        with transaction.atomic():
            make_organization()
        assert not is_free()
    assert is_free()


def test_a_connection_that_is_closed_within_a_transaction_gives_it_back() -> None:
    def lose_the_connection() -> None:
        with transaction.atomic():
            connection.connection.close()
            make_organization()

    with pytest.raises(DatabaseError):
        lose_the_connection()
    connection.close()
    assert is_free()


def test_a_constraint_that_fails_at_the_commit_gives_it_back() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Contact.objects.create(organization_id="f" * 24, phone_number="+14165550123")
    assert is_free()


def test_reading_needs_no_turn() -> None:
    organization = make_organization()
    writing, done = Event(), Event()

    def write() -> None:
        try:
            with transaction.atomic():
                make_contact(organization)
                writing.set()
                assert done.wait(PATIENCE)
        finally:
            connections.close_all()

    thread = Thread(target=write)
    thread.start()
    assert writing.wait(PATIENCE)

    # Were there a turn to wait for, the writer would give up first, and its contact would never be there.
    assert Contact.objects.count() == 0

    done.set()
    thread.join()
    assert Contact.objects.count() == 1


def test_writers_at_once_all_get_their_turn() -> None:
    organization = make_organization()

    def write_ten() -> None:
        for _ in range(10):
            with transaction.atomic():
                seen = Organization.objects.values_list("name", flat=True).get(pk=organization.pk)
                Organization.objects.filter(pk=organization.pk).update(name=f"{int(seen) + 1}")

    organization.name = "0"
    organization.save()
    tasks: list[Callable[[], None]] = [write_ten] * 6

    at_once(tasks)

    organization.refresh_from_db()
    assert organization.name == "60"
