"""What a search says: words, "a phrase", -not, OR. One reading; each database is asked in its own words for it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from tether_calls.common.search.numbers import marks_sought
from tether_calls.common.search.words import words_of

_NUMBER = r"'?(?i:(?:tel|callto|whatsapp):)?[+(\[]*\d[\d\s().\[\]\-\u00b7\u2010-\u2015\u2212/]{5,28}\d[)\]]?"
_TERM = re.compile(rf'(?P<no>-*)(?:"(?P<phrase>[^"]*)"?|(?P<number>{_NUMBER})[.,;:!?]*(?!\S)|(?P<word>[^\s"]+))')
# A number's signs, as keyboards of East Asia write them.
_SIGNS = str.maketrans({"\uff0b": "+", "\ufe62": "+", "\uff08": "(", "\uff09": ")", "\uff0d": "-", "\u3000": " "})


@dataclass(frozen=True)
class Term:
    """Words that stand beside each other, in this order; or, where it is a number, any of its marks."""

    words: tuple[str, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Alternative:
    """All of these, and none of those."""

    terms: tuple[Term, ...]
    without: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Search:
    """At least one of the alternatives."""

    alternatives: tuple[Alternative, ...]

    @property
    def terms(self) -> tuple[Term, ...]:
        """What is to be shown of what was found."""
        return tuple(dict.fromkeys(term for each in self.alternatives for term in each.terms))

    @property
    def has_phrases(self) -> bool:
        return any(len(term.words) > 1 for each in self.alternatives for term in (*each.terms, *each.without))


class NothingToFindError(ValueError):
    """The search names no word that a text has to have; the message says so to whoever searches."""


def read_search(text: str) -> Search:
    """Signs that say nothing are left out, and so is an OR with nothing before or behind it.

    Raises NothingToFindError.
    """
    alternatives = [found for each in _divided(text) if (found := _alternative(each)) is not None]
    if not alternatives:
        raise NothingToFindError("No word to look for")
    if not all(each.terms for each in alternatives):
        raise NothingToFindError("Names only what is not to be there: add a word that is")
    return Search(tuple(dict.fromkeys(alternatives)))


def _divided(text: str) -> list[list[re.Match[str]]]:
    parts: list[list[re.Match[str]]] = [[]]
    for match in _TERM.finditer(_plain(text)):
        if match["word"] == "OR" and not match["no"]:
            parts.append([])
        else:
            parts[-1].append(match)
    return parts


def _plain(text: str) -> str:
    """Without what cannot be seen, such as the marks of direction that telephones copy along with numbers."""
    if text.isascii():
        return text
    return "".join(each for each in text.translate(_SIGNS) if unicodedata.category(each) != "Cf")


def _alternative(matches: list[re.Match[str]]) -> Alternative | None:
    terms: dict[Term, None] = {}
    without: dict[Term, None] = {}
    for match in matches:
        written = match["phrase"] if match["phrase"] is not None else match["number"] or match["word"]
        words = tuple(words_of(written))
        if words:
            (without if match["no"] else terms)[Term(words, marks_sought(written))] = None
    return Alternative(tuple(terms), tuple(without)) if terms or without else None
