"""Searching lists of the admin: what of a search counts, and searches by identifier."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import smart_split

from tether_calls.common.object_id import is_object_id

# As much of a search as the API takes: every word is a condition on each column that is searched.
SEARCH_MAX, SEARCH_WORDS = 100, 5


def searched_for(text: str) -> str:
    """What a search is for: its first words, without U+0000, which autocompletion lets through, and quotes, which match
    everything.
    """
    return " ".join(_words(text.replace("\0", "")[:SEARCH_MAX])[:SEARCH_WORDS]).strip(" \"'")


def is_cut(text: str) -> bool:
    """Whether a search says more than `searched_for` keeps."""
    return len(text) > SEARCH_MAX or len(_words(text)) > SEARCH_WORDS


def _words(text: str) -> list[str]:
    """A phrase in quotes is one word, as it is where Django searches for it."""
    return list(smart_split(text.strip(" \"'")))


def by_identifier(queryset: QuerySet[Any], search_term: str, *columns: str) -> QuerySet[Any]:
    """The rows that have the identifier in one of the columns: none for other text, all where there is no text."""
    text = search_term.strip()
    if not text:
        return queryset
    if not is_object_id(text):
        return queryset.none()
    return queryset.filter(reduce(or_, (Q(**{column: text}) for column in columns)))
