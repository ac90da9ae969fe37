"""Searching lists of the admin by identifier."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from tether_calls.common.object_id import is_object_id


def by_identifier(queryset: QuerySet[Any], search_term: str, *columns: str) -> QuerySet[Any]:
    """The rows that have the identifier in one of the columns: none for other text, all where there is no text."""
    text = search_term.strip()
    if not text:
        return queryset
    if not is_object_id(text):
        return queryset.none()
    return queryset.filter(reduce(or_, (Q(**{column: text}) for column in columns)))
