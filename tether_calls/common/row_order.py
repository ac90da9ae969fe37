"""The row before and the row behind another one, in whatever order a list has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy


@dataclass(frozen=True)
class _Key:
    """A column that a list is ordered by, and what the row has in it."""

    name: str
    value: Any
    has_nulls: bool
    is_descending: bool
    nulls_first: bool

    def turned(self) -> _Key:
        return _Key(self.name, self.value, self.has_nulls, not self.is_descending, not self.nulls_first)

    @property
    def ordering(self) -> OrderBy:
        # Only where a column has nulls: else no index would serve it.
        nulls_first = True if self.has_nulls and self.nulls_first else None
        nulls_last = True if self.has_nulls and not self.nulls_first else None
        order = F(self.name).desc if self.is_descending else F(self.name).asc
        return order(nulls_first=nulls_first, nulls_last=nulls_last)

    @property
    def same(self) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if self.value is None else Q(**{self.name: self.value})

    @property
    def behind(self) -> Q | None:
        """What comes later; None: nothing does."""
        if self.value is None:
            return Q(**{f"{self.name}__isnull": False}) if self.nulls_first else None
        return Q(**{f"{self.name}__{'lt' if self.is_descending else 'gt'}": self.value}) | self._nulls_behind

    @property
    def not_before(self) -> Q:
        """The same or behind, in the form in which an index is entered at the right place."""
        if self.value is None:
            return Q() if self.nulls_first else self.same
        return Q(**{f"{self.name}__{'lte' if self.is_descending else 'gte'}": self.value}) | self._nulls_behind

    @property
    def _nulls_behind(self) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if self.has_nulls and not self.nulls_first else Q()


def first_behind(
    rows: QuerySet[Any],
    row: Model,
    *,
    also: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    is_above: bool = False,
) -> str | None:
    """The id of the row that comes next behind `row` in the order of `rows`, which it need not be one of; or above it.

    `also` names what the rows are ordered by besides columns of theirs, and the column that has the same value;
    `values` what they are ordered by that no column has, such as a sum, and what that is of `row`. The order ends with
    what is unique. One statement, or none. Raises LookupError for an order by anything else.
    """
    keys = [_key(item, row, also or {}, values or {}) for item in rows.query.order_by]
    if is_above:
        keys = [key.turned() for key in keys]
    behind, same = [], Q()
    for key in keys:
        if key.behind is not None:
            behind.append(same & key.behind)
        same &= key.same
    if not behind:
        return None
    later = rows.filter(keys[0].not_before, reduce(or_, behind)).order_by(*(key.ordering for key in keys))
    found: str | None = later.values_list("pk", flat=True).first()
    return found


def _key(item: Any, row: Model, also: Mapping[str, str], values: Mapping[str, Any]) -> _Key:
    # PostgreSQL's nulls are the largest, SQLite's the smallest.
    nulls_are_largest = connection.vendor == "postgresql"
    if isinstance(item, OrderBy):
        name, is_descending = getattr(item.expression, "name", ""), bool(item.descending)
        nulls_first = bool(item.nulls_first) or (not item.nulls_last and is_descending == nulls_are_largest)
    else:
        name, is_descending = item.removeprefix("-"), item.startswith("-")
        nulls_first = is_descending == nulls_are_largest
    if name in values:
        return _Key(name, values[name], True, is_descending, nulls_first)
    fields = {field.name: field for field in row._meta.concrete_fields}
    column = row._meta.pk.name if name == "pk" else also.get(name, name)
    if column not in fields:
        raise LookupError(f"No column to be ordered by: {name}")
    # Of a row that is joined, the column has what the row's own has.
    has_nulls = name not in also and bool(fields[column].null)
    return _Key(name, getattr(row, column), has_nulls, is_descending, nulls_first)
