"""Values of rows as a driver takes them, for statements that are built once (`common/statements.py`).

Django asks each field about each value. Most are of types that both drivers take as they are: these are not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache, partial
from types import NoneType
from typing import Any

import msgspec
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields import Field
from psycopg.types.json import Jsonb

from tether_calls.common.object_id import ObjectIdField

# By kind of field, of which types the field would change nothing.
_TAKEN_AS_THEY_ARE: dict[type[Any], frozenset[type]] = {
    models.CharField: frozenset({str, NoneType}),
    ObjectIdField: frozenset({str, NoneType}),
    models.TextField: frozenset({str, NoneType}),
    models.ForeignKey: frozenset({str, NoneType}),
    models.BooleanField: frozenset({bool}),
    models.FloatField: frozenset({float, NoneType}),
    models.IntegerField: frozenset({int, NoneType}),
    models.PositiveSmallIntegerField: frozenset({int, NoneType}),
    models.PositiveIntegerField: frozenset({int, NoneType}),
    models.PositiveBigIntegerField: frozenset({int, NoneType}),
}
_BY_POSTGRES: dict[type[Any], frozenset[type]] = {models.DateTimeField: frozenset({datetime, NoneType})}
_NONE: frozenset[type] = frozenset()

# What writes another value of a row.
_Write = Callable[[models.Model, Any, BaseDatabaseWrapper], Any]


def fields_of(model: type[models.Model], leave_out: Collection[str]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.local_concrete_fields if field.name not in leave_out]


def values_of(row: models.Model, leave_out: Collection[str], connection: BaseDatabaseWrapper) -> list[Any]:
    """The row's columns, in the order of `fields_of`."""
    columns = _columns_of(type(row), frozenset(leave_out), connection.vendor)
    # Where the values are: asked for by name, those of foreign keys come through a descriptor written in Python.
    attributes = row.__dict__
    try:
        return [
            value if type(value := attributes[name]) in as_it_is else write(row, value, connection)
            for name, as_it_is, write in columns
        ]
    except KeyError:
        # A row that was read without some columns.
        for name, _, _ in columns:
            getattr(row, name)
        return values_of(row, leave_out, connection)


def value_of(model: type[models.Model], name: str, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """A value for the field of that name."""
    field, as_it_is = _column(model, name, connection.vendor)
    return value if type(value) in as_it_is else field.get_db_prep_save(value, connection)


@cache
def _column(model: type[models.Model], name: str, vendor: str) -> tuple[Field[Any, Any], frozenset[type]]:
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return field, _taken_as_they_are(field, vendor)


@cache
def _columns_of(
    model: type[models.Model], leave_out: frozenset[str], vendor: str
) -> list[tuple[str, frozenset[type], _Write]]:
    columns: list[tuple[str, frozenset[type], _Write]] = []
    for field in fields_of(model, leave_out):
        as_it_is = _taken_as_they_are(field, vendor)
        if type(field) is models.JSONField and field.encoder is None and vendor == "postgresql":
            columns.append((field.attname, _NONE, _written_as_json))
        elif getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            columns.append((field.attname, _NONE, partial(_saved, field, as_it_is)))
        else:
            columns.append((field.attname, as_it_is, partial(_saved, field, _NONE)))
    return columns


def _taken_as_they_are(field: Field[Any, Any], vendor: str) -> frozenset[type]:
    kinds = _TAKEN_AS_THEY_ARE | _BY_POSTGRES if vendor == "postgresql" else _TAKEN_AS_THEY_ARE
    return kinds.get(type(field), _NONE)


def _saved(field: Field[Any, Any], as_it_is: frozenset[type], row: models.Model, _value: Any, connection: Any) -> Any:
    value = field.pre_save(row, True)
    return value if type(value) in as_it_is else field.get_db_prep_save(value, connection)


def _written_as_json(_row: models.Model, value: Any, _connection: Any) -> Any:
    """A vendor's metadata, transcripts, events: faster than by Django's encoder, and the same JSON."""
    return None if value is None else Jsonb(value, dumps=msgspec.json.encode)
