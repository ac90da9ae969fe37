"""A search in the words of each database."""

from __future__ import annotations

from collections.abc import Iterable

from tether_calls.common.search.kept import PARTS, WEIGHTS
from tether_calls.common.search.query import Alternative, Search, Term


def as_tsquery(
    search: Search,
    *,
    part: str | None = None,
    labels: Iterable[str] = (),
    one_label_of: Iterable[str] = (),
    is_rough: bool = False,
) -> str:
    """For PostgreSQL: in one part or all, where every label is there too, and one of the others if there are any.

    `is_rough`: what an index can tell alone, which knows neither parts nor places, so that it finds more.
    """
    suffix = "" if part is None or is_rough else f":{WEIGHTS[part]}"

    def term(term: Term) -> str:
        beside = " & " if is_rough else " <-> "
        return _one_of([beside.join(_quoted(word, suffix) for word in term.words), *_marks(term, suffix)])

    def alternative(each: Alternative) -> str:
        # Roughly, a phrase is found where its words stand apart: that rules nothing out. Nor does another part's word.
        is_too_rough = is_rough and (part is not None or any(len(no.words) > 1 for no in each.without))
        without = () if is_too_rough else each.without
        return " & ".join((*map(term, each.terms), *(f"!{term(no)}" for no in without)))

    found = " | ".join(f"({alternative(each)})" for each in search.alternatives)
    others = [_one_of([_quoted(label) for label in one_label_of])] if one_label_of else []
    return " & ".join((*map(_quoted, labels), *others, f"({found})"))


def as_fts5(search: Search, *, part: str | None = None, labels: Iterable[str] = ()) -> str:
    """For SQLite: the same."""

    def term(term: Term) -> str:
        return " OR ".join(f'"{each}"' for each in (" ".join(term.words), *term.marks))

    def alternative(each: Alternative) -> str:
        found = " AND ".join(f"({term(yes)})" for yes in each.terms)
        return f"({found}) NOT ({' OR '.join(map(term, each.without))})" if each.without else f"({found})"

    found = " OR ".join(f"({alternative(each)})" for each in search.alternatives)
    columns = " ".join(PARTS if part is None else (part,))
    return " AND ".join((*(f'labels : "{label}"' for label in labels), f"({{{columns}}} : ({found}))"))


def is_exact_in_index(search: Search, *, part: str | None) -> bool:
    """Whether PostgreSQL's index tells it alone, without a look at each text."""
    return part is None and not search.has_phrases


def _marks(term: Term, suffix: str) -> list[str]:
    return [_quoted(mark, suffix) for mark in term.marks]


def _one_of(choices: list[str]) -> str:
    return f"({' | '.join(f'({choice})' for choice in choices)})"


def _quoted(word: str, suffix: str = "") -> str:
    # No word has a quote or a backslash: words have letters and digits only.
    return f"'{word}'{suffix}"
