"""What a developer does for a new provider, done for the length of a test: a line in the registry, the members of the
enums, and what their migration does to the columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from django.db import connection
from django.db.models import Choices, Model, Q

from calls.models import Call, CallProvider, NumberProvider, PhoneNumber, VoiceAccount, VoiceProvider
from calls.providers import registry
from calls.providers.base import Provider

# Each enum's model, and the constraint of its column.
_COLUMNS: tuple[tuple[type[Choices], type[Model], str], ...] = (
    (CallProvider, Call, "call_provider_known"),
    (VoiceProvider, VoiceAccount, "account_provider_known"),
    (NumberProvider, PhoneNumber, "number_provider_known"),
)


def register(provider: Provider[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in the registry, and the members of the enums."""
    monkeypatch.setitem(registry._PROVIDERS, provider.name, provider)
    for enum, model, constraint in _COLUMNS:
        if enum is NumberProvider and not provider.carries_calls:
            continue
        add_member(enum, provider.name, provider.label, monkeypatch)
        monkeypatch.setattr(model._meta.get_field("provider"), "choices", enum.choices)
        [known] = [each for each in model._meta.constraints if each.name == constraint]
        monkeypatch.setattr(known, "condition", Q(provider__in=enum.values))


def add_member(enum: type[Choices], value: str, label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one more line in the enum's class would."""
    member: Any = str.__new__(cast(Any, enum), value)
    member._name_, member._value_, member._label_ = value.upper(), value, label
    monkeypatch.setattr(enum, "_member_names_", [*enum._member_names_, member._name_])
    monkeypatch.setitem(enum._member_map_, member._name_, member)
    monkeypatch.setitem(enum._value2member_map_, value, member)


@contextmanager
def columns_that_take_any_provider() -> Iterator[None]:
    """As the migration makes them; within the test's transaction, which takes it back on PostgreSQL."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            # A table with deferred checks that are still to be done cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for _, model, constraint in _COLUMNS:
                cursor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{constraint}"')
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
