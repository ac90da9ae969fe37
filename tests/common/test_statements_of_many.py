"""Statements over many rows do what those over one do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from calls.models import Call, CallStatus
from calls.reports import Authority
from contacts.models import Contact
from conversations.models import Conversation
from tests.factories import make_contact, make_conversation
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.common.rows import new_row
from tether_calls.common.statements_of_many import insert_many, insert_or_get_many, update_each

pytestmark = pytest.mark.django_db

AWKWARD = '\'; DROP TABLE --\\ "%s" {} \u2028 😀 é'


def contact(home: Organization, line: int, **fields: str) -> Contact:
    return Contact(organization=home, phone_number=f"+1416555{line:04}", **fields)


def test_rows_are_inserted_as_they_are_by_one_statement(home: Organization) -> None:
    rows = [contact(home, line, first_name=AWKWARD, last_name=str(line)) for line in range(300)]

    with statements_made() as made:
        insert_many(rows)

    assert len(made) == 1
    kept = Contact.objects.in_bulk()
    assert all(
        (kept[row.pk].first_name, kept[row.pk].last_name, kept[row.pk].created_at)
        == (row.first_name, row.last_name, row.created_at)
        for row in rows
    )
    assert not any(row._state.adding for row in rows)


@pytest.mark.parametrize(
    "texts",
    [
        ["\\N", "\\.", "\\", "\\\\n", "\t", "a\nb", "\r\n", "%s %% %", "", " ", "NULL", AWKWARD],
        ["100 %\t\\"] * 3,
        ["", "", ""],
    ],
)
def test_every_text_comes_as_it_was(texts: list[str], home: Organization) -> None:
    rows = [contact(home, line, first_name=text) for line, text in enumerate(texts)]

    insert_many(rows)

    assert list(Contact.objects.order_by("phone_number").values_list("first_name", flat=True)) == texts


def test_values_of_every_kind_come_as_they_were(user: User) -> None:
    at = datetime(2026, 5, 15, 9, 10, 11, 123456, tzinfo=UTC)
    in_toronto = datetime(2026, 5, 15, 9, 10, tzinfo=ZoneInfo("America/Toronto"))
    of_each: list[dict[str, Any]] = [
        {"duration": None, "is_starred": True, "answer_time": None, "ai_summary": "", "ai_transcript": None},
        {"duration": 0.0, "is_starred": False, "answer_time": at, "ai_summary": "a\tb", "ai_transcript": []},
        {"duration": 1e-7, "end_authority": Authority.GIVEN_UP, "answer_time": in_toronto, "agent_name": "\\N"},
        {"duration": 154, "provider_metadata": {"a": 1, "b": '\\ " \n\t \u2028 é %s'}, "ai_transcript": [{"a": None}]},
        {"duration": 12.5, "provider_metadata": {"a": 1.5, "b": [True, None, "\\N"]}, "status": CallStatus.BUSY},
    ]
    rows = [new_row(Call, **_call_of(user), **values) for values in of_each]
    one_by_one = [new_row(Call, **_call_of(user), **values) for values in of_each]

    insert_many(rows)
    for row in one_by_one:
        row.save(force_insert=True)

    names = [
        field.attname for field in Call._meta.concrete_fields if field.name not in ("id", "created_at", "updated_at")
    ]
    assert list(Call.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values(*names)) == list(
        Call.objects.filter(pk__in=[row.pk for row in one_by_one]).order_by("pk").values(*names)
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite gets rows once all are made")
def test_what_makes_rows_that_are_copied_must_not_ask_the_database(home: Organization) -> None:
    def asking() -> Iterator[Contact]:
        for line in range(600):
            yield contact(home, line)
            if line == 500:
                Contact.objects.count()

    with pytest.raises(RuntimeError, match="asks the database"), transaction.atomic():
        insert_many(asking())

    assert not Contact.objects.exists()


def test_where_one_row_is_refused_none_is_kept(home: Organization) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(contact(home, line) for line in (*range(300), 0, *range(300, 600)))

    assert not Contact.objects.exists()


def test_numbers_that_are_equal_stay_what_they_are_in_json(user: User) -> None:
    metadata = [{"n": 1}, {"n": 1.0}, {"n": True}]
    rows = [new_row(Call, **_call_of(user), provider_metadata=each) for each in metadata]

    insert_many(rows)

    kept = Call.objects.order_by("pk").values_list("provider_metadata", flat=True)
    assert [type(each["n"]) for each in kept] == [int, float, bool]


def _call_of(user: User) -> dict[str, Any]:
    return {
        "organization_id": user.home_id,
        "user_id": user.pk,
        "provider": "external",
        "direction": "inbound",
        "start_time": datetime(2026, 5, 15, tzinfo=UTC),
    }


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gets all rows by one COPY")
def test_of_more_values_than_a_statement_may_have_several_are_made(home: Organization) -> None:
    """SQLite as most build it takes 32,766: a thousand calls have more."""
    rows = [contact(home, line) for line in range(25)]
    connection.ensure_connection()
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    before = connection.connection.setlimit(limit, 10 * len(Contact._meta.local_concrete_fields) + 1)
    try:
        with statements_made() as made:
            insert_many(rows)
    finally:
        connection.connection.setlimit(limit, before)

    assert len(made) == 3
    assert set(Contact.objects.values_list("pk", flat=True)) == {row.pk for row in rows}


def test_rows_that_are_there_lend_their_ids(home: Organization) -> None:
    there = make_contact(home, phone_number="+14165550001", first_name="Kim")
    rows = [contact(home, line, first_name="Sam") for line in range(3)]

    new = insert_or_get_many(rows, unique=["organization", "phone_number"])

    assert new == [rows[0], rows[2]]
    assert rows[1].pk == there.pk
    assert list(Contact.objects.order_by("phone_number").values_list("first_name", flat=True)) == ["Sam", "Kim", "Sam"]


def test_each_row_gets_values_of_its_own(home: Organization) -> None:
    conversations = [make_conversation(make_contact(home), message_count=number) for number in range(3)]
    untouched = make_conversation(make_contact(home), message_count=7, latest_message="Before.")
    at = datetime(2026, 5, 15, 9, 10, 11, 123456, tzinfo=UTC)
    for number, conversation in enumerate(conversations):
        conversation.latest_message, conversation.last_message_time = f"{AWKWARD} {number}", at if number else None

    with statements_made() as made:
        update_each(
            conversations,
            fields=["latest_message", "last_message_time"],
            add={"message_count": {conversation.pk: 10 for conversation in conversations}},
        )

    assert len(made) == 1
    assert list(
        Conversation.objects.order_by("pk").values_list("latest_message", "last_message_time", "message_count")
    ) == [
        (f"{AWKWARD} 0", None, 10),
        (f"{AWKWARD} 1", at, 11),
        (f"{AWKWARD} 2", at, 12),
        (untouched.latest_message, None, 7),
    ]
