"""Statements that go to PostgreSQL by libpq's own call: values, errors and transactions are as by psycopg's cursors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from tests.factories import make_contact
from tether_calls.accounts.models import Organization
from tether_calls.common.postgresql import prepared

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite prepares every statement"),
]


def asked(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    database: Any = connection
    with database.prepared_cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    return rows


def test_a_number_may_be_larger_the_next_time() -> None:
    assert [asked("SELECT %s + 1", [number]) for number in (1, 70_000, 2**40)] == [[(2,)], [(70_001,)], [(2**40 + 1,)]]


def test_a_value_may_be_missing_the_next_time() -> None:
    assert [asked("SELECT %s::text", [text]) for text in ("é '%s\\", None)] == [[("é '%s\\",)], [(None,)]]


def test_a_percent_sign_is_one() -> None:
    assert asked("SELECT %s::int %% 3", [7]) == [(1,)]


@pytest.mark.parametrize("values", [["a\0b"], ["no number"]])
def test_what_cannot_be_a_value_is_an_error_of_data(values: list[str]) -> None:
    with pytest.raises(DataError):
        asked("SELECT %s::int", values)

    assert asked("SELECT %s::int", ["1"]) == [(1,)]


def test_it_is_kept_or_lost_with_its_transaction(home: Organization) -> None:
    contact = make_contact(home, first_name="Kim")

    @transaction.atomic
    def write() -> None:
        asked("UPDATE contacts_contact SET first_name = %s WHERE id = %s", ["Sam", contact.pk])
        raise LookupError

    with pytest.raises(LookupError):
        write()

    contact.refresh_from_db()
    assert contact.first_name == "Kim"


def test_a_broken_constraint_has_its_kind(home: Organization) -> None:
    one, other = make_contact(home), make_contact(home)

    with pytest.raises(IntegrityError):
        asked("UPDATE contacts_contact SET phone_number = %s WHERE id = %s", [one.phone_number, other.pk])


def test_of_very_many_statements_not_all_stay_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    asked("SELECT 1")
    there = len(getattr(connection.connection, prepared._SESSION).names)
    monkeypatch.setattr(prepared, "_MOST_PREPARED", there + 2)

    answers = [asked(f"SELECT {number}, %s::text", ["a"]) for number in range(5)]

    assert answers == [[(number, "a")] for number in range(5)]
    assert len(getattr(connection.connection, prepared._SESSION).names) == there + 2
