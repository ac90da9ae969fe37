"""Text as PostgreSQL compares and divides it, for SQLite: the same search finds the same rows on both databases.

SQLite's own LIKE knows the case of ASCII letters alone, and has no words at all.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

# What PostgreSQL's default parser takes for one word, in the order in which it prefers them. Tags and entities say
# nothing; a hyphenated word is one, and its parts are too; so are an address on the web, its host and its path.
# Every part has a greatest length, so that no text takes more than its length.
_LETTER = r"[^\W\d_]"
_WORD = r"(?:[^\W_][\u0300-\u036f]*)+"
_LABEL = r"[a-z0-9]{1,64}(?:[_-][a-z0-9]{1,64}){0,9}"
_PART = r"[a-z0-9_]{1,64}"
_TOKENS = re.compile(
    rf"""
    (?P<none> </?[a-z][^<>]{{0,999}}> | <!--.{{0,999}}?--> | [a-z]{{1,30}}://
            | &(?:\#\d{{1,9}}|\#x[0-9a-f]{{1,9}}|[a-z]\w{{0,30}}); )
    | (?P<email> {_LABEL}(?:\.{_LABEL}){{0,9}}@{_LABEL}(?:\.{_LABEL}){{1,9}} )
    | (?P<host> {_LABEL}(?:\.{_LABEL}){{0,9}}\.[a-z]{{2,64}}(?!\w) ) (?P<path> (?::\d{{1,5}})?/[^\s<>"]* )?
    | (?P<number> \d+(?:\.\d+){{2,}} | [-+]?\d+(?:\.\d+)?e[-+]?\d+(?!\w) | [-+]?\d+\.\d+ )
    | (?P<file> (?:~|\.{{1,2}})?/{_LABEL}(?:[/.]{_LABEL}){{0,9}} | (?!\d+\.){_PART}(?:[/.]{_PART}){{1,9}}(?!\w) )
    | (?P<compound> (?=[^\W_]*{_LETTER}){_WORD}(?:-(?={_LETTER}|\d+{_LETTER}){_WORD})+ )
    | (?P<integer> [-+]\d+ )
    | (?P<word> {_WORD} )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_LIKE_PATTERNS, _SEARCHES = 256, 64


def register(connection: sqlite3.Connection) -> None:
    """Make `LIKE` and `has_words` of a connection those of this module."""
    connection.create_function("like", 2, like, deterministic=True)
    connection.create_function("like", 3, like, deterministic=True)
    connection.create_function("has_words", 2, has_words, deterministic=True)


def like(pattern: object, value: object, escape: str = "") -> bool | None:
    """`value LIKE pattern ESCAPE escape`, where letters of every alphabet are the same in either case."""
    if pattern is None or value is None:
        return None
    return _matcher(str(pattern), escape)(_upper(str(value)))


def has_words(text: str | None, search: str) -> bool:
    """Whether a text has every word of a search, as `to_tsvector('simple', …) @@ plainto_tsquery('simple', …)`."""
    wanted = _wanted(search)
    if not text or not wanted:
        return False
    lowered = _lower(text)
    # Most texts lack one of them, which is told sooner than what all of their words are.
    return all(word in lowered for word in wanted) and wanted <= set(words_in(text))


def words_in(text: str) -> Iterator[str]:
    """The words of a text as PostgreSQL's configuration `simple` has them, in small letters."""
    for match in _TOKENS.finditer(_lower(text)):
        if match["none"]:
            continue
        yield match[0]
        if match["path"]:
            yield from (match["host"], match["path"])
        elif match["compound"]:
            yield from match[0].split("-")


@lru_cache(_SEARCHES)
def _wanted(search: str) -> frozenset[str]:
    return frozenset(words_in(search))


@lru_cache(_LIKE_PATTERNS)
def _matcher(pattern: str, escape: str) -> Callable[[str], bool]:
    """What tells whether a text in capitals matches a pattern. Nothing is tried twice, so no pattern takes long."""
    first, *others = _pieces(_upper(pattern), escape)
    if not others:
        return lambda text: len(text) == first.length and first.is_at(text, 0)
    *middle, last = others

    def matches(text: str) -> bool:
        if not first.is_at(text, 0):
            return False
        position = first.length
        for piece in middle:
            found = piece.find(text, position)
            if found < 0:
                return False
            position = found + piece.length
        end = len(text) - last.length
        return end >= position and last.is_at(text, end)

    return matches


class _Piece:
    """What stands between two `%` of a pattern: letters, and a None for each `_`, which is any one letter."""

    def __init__(self, letters: Sequence[str | None]) -> None:
        self.length = len(letters)
        self._literal = "".join(letter or "" for letter in letters)
        self._any = len(self._literal) < self.length
        self._expression = re.compile(
            "".join("." if letter is None else re.escape(letter) for letter in letters), re.DOTALL
        )

    def is_at(self, text: str, position: int) -> bool:
        if self._any:
            return self._expression.match(text, position) is not None
        return text.startswith(self._literal, position)

    def find(self, text: str, position: int) -> int:
        if not self._any:
            return text.find(self._literal, position)
        match = self._expression.search(text, position)
        return match.start() if match else -1


def _pieces(pattern: str, escape: str) -> list[_Piece]:
    pieces: list[list[str | None]] = [[]]
    letters = iter(pattern)
    for letter in letters:
        if letter == escape:
            pieces[-1].append(next(letters, escape))
        elif letter == "%":
            pieces.append([])
        else:
            pieces[-1].append(None if letter == "_" else letter)
    return [_Piece(piece) for piece in pieces]


def _upper(text: str) -> str:
    """Letter by letter, as PostgreSQL does it: a sharp s stays one."""
    whole = text.upper()
    if len(whole) == len(text):
        return whole
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


def _lower(text: str) -> str:
    """Letter by letter: a sigma does not become another one where a word ends."""
    whole = text.lower()
    if len(whole) == len(text) and "\u03a3" not in text:
        return whole
    return "".join(letter.lower()[0] for letter in text)
