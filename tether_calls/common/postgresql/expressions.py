"""What the ORM does not say by itself, for PostgreSQL."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func
from django.db.models.sql.compiler import SQLCompiler

# Letters of Western languages, but for those of which locales do not have the same small ones. What begins as 1e5 does
# is a number and what is behind it, which need not stand together.
_PLAIN_WORD: Final = re.compile("(?![0-9]+[eE][0-9])([A-Za-z0-9À-ÖØ-öø-įĴ-ž]+)[.,;:!?]?")
# Each is looked for in the whole text, by a pattern of which PostgreSQL keeps 32: of many it is sooner divided.
_MOST_WORDS: Final = 8
_BLANKS: Final = " \n\r\t"
# So PostgreSQL takes it for a word of its own, whatever else the text says; but for what a tag has in it.
_ALONE: Final = f"(^|[{_BLANKS}])%s[.,;:!?]?([{_BLANKS}]|$)"


def words_match(column: str, search: str) -> SearchVectorExact:
    """Whether a text has every word of a search, whole, in any order; no sign of the search is an operator.

    It is told by an index on exactly this expression, where there is one.
    """
    words = SearchQuery(search, config="simple", search_type="plain")
    return SearchVectorExact(SearchVector(column, config="simple"), words)


class HasWords(Func):
    """`HasWords("column", search)`: the same as `words_match`, for texts that are read one by one.

    To divide a text of 25 words takes PostgreSQL 60 µs. Where the search is of a few plain words, most texts need not
    be divided, which takes a tenth of that: some do not have its letters at all, most others have them between blanks.
    """

    output_field = BooleanField()

    def __init__(self, column: str, search: str, **extra: Any) -> None:
        super().__init__(F(column), words_match(column, search), **extra)
        self.search = search

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        text, words = self.get_source_expressions()
        column, of_column = compiler.compile(text)
        exact, of_exact = compiler.compile(words)
        found = [_PLAIN_WORD.fullmatch(word) for word in re.split(f"[{_BLANKS}]+", self.search.strip(_BLANKS))]
        plain = [match[1] for match in found if match is not None]
        if len(plain) < len(found) or len(plain) > _MOST_WORDS:
            return exact, list(of_exact)
        # Small letters are PostgreSQL's matter on both sides: those of an I depend on its locale.
        stands = " AND ".join([f"lower({column}) LIKE lower(%s)"] * len(plain))
        stands_alone = " AND ".join([f"lower({column}) ~ lower(%s)"] * len(plain))
        sql = (
            f"CASE WHEN NOT ({stands}) THEN false"
            f" WHEN position('<' in {column}) = 0 AND {stands_alone} THEN true ELSE {exact} END"
        )
        parameters = [parameter for word in plain for parameter in (*of_column, f"%{word}%")]
        parameters += of_column
        parameters += [parameter for word in plain for parameter in (*of_column, _ALONE % word)]
        return sql, [*parameters, *of_exact]
