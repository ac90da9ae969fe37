"""What our SQLite knows beyond SQL, for the ORM."""

from __future__ import annotations

from django.db.models import BooleanField, Func


class HasWords(Func):
    """`HasWords("column", Value(search))`: whether a text has every word of a search (`text.has_words`)."""

    function = "has_words"
    output_field = BooleanField()
    arity = 2
