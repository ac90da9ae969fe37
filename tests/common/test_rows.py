"""Rows made and read without Django's constructor are what it makes of the same values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import models

from calls.models import Call, Recording
from conversations.models import Message
from tests.factories import make_contact
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import is_object_id, new_object_id
from tether_calls.common.rows import new_row, read_row
from tether_calls.realtime.models import EventLog

AT = datetime(2026, 5, 15, 9, 10, tzinfo=UTC)
ID = new_object_id()
# What differs from one row to the next.
MADE = ("id", "created_at", "updated_at")


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Call, {"organization_id": ID, "status": "busy", "start_time": AT, "duration": 1.5, "metadata": {"a": 1}}),
        (Message, {"organization_id": ID, "conversation_id": ID, "content": "Hello.", "created_at": AT}),
        (Recording, {"call_id": ID, "file": "a/b.mp3", "size": 7}),
        (EventLog, {"organization_id": ID, "name": "call_ended", "data": {}, "created_at": AT}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_new_row_is_what_the_constructor_makes(model: type[models.Model], values: dict[str, Any]) -> None:
    made, wanted = new_row(model, **values), model(**values)

    fields: Any = model._meta.concrete_fields
    for field in fields:
        one, other = getattr(made, field.attname), getattr(wanted, field.attname)
        is_made = field.attname in MADE and field.attname not in values
        if is_made or field.has_db_default():
            assert type(one) is type(other)
        else:
            assert one == other, field.attname
    assert made._state.adding
    assert is_object_id(made.pk)


def test_rows_share_nothing(home: Organization) -> None:
    one, other = (new_row(Call, organization_id=home.pk) for _ in range(2))

    one.metadata["a"] = 1

    assert other.metadata == {}
    assert one.pk != other.pk


@pytest.mark.django_db
def test_a_new_row_is_saved_as_any_other(home: Organization) -> None:
    contact = make_contact(home)
    made = new_row(type(contact), organization_id=home.pk, phone_number="+14165550123", first_name="Kim")
    made.save()

    kept = type(contact).objects.get(pk=made.pk)
    assert (kept.first_name, kept.organization) == ("Kim", home)


@pytest.mark.django_db
def test_of_a_row_that_is_read_the_rest_is_read_when_it_is_asked_for(home: Organization) -> None:
    contact = make_contact(home, first_name="Kim", last_name="Example")

    read = read_row(type(contact), ["id", "first_name"], [contact.pk, "Kim"])

    assert read == contact
    assert read.first_name == "Kim"
    assert read.last_name == "Example"
    assert not read._state.adding
