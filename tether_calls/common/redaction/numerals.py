"""Numbers in what was said, written in digits or spoken in words, as digits that know where they stand.

`words.json` has the words of each language. "forty-one" is 41, "double seven" 77, "quatre-vingt-douze" 92, "mil
novecientos ochenta y cinco" 1985; beside each other they are the digits of one longer number.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_WORDS: Final = Path(__file__).with_name("words.json")
LANGUAGES: Final = ("en", "fr", "es")
# Digits, words, and each other sign by itself; what is only seen as a gap is no token.
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['\u2019][^\W\d_]+)*|[^\w\s]|_")
# Between numbers these words, of all languages, mean nothing; others end a number, unless they are this few.
_MOST_BETWEEN: Final = 6
_SENTENCE: Final = frozenset(".?!;:,\u2026")


class Token(NamedTuple):
    """`plain` is without case and accents; signs and digits are as they are."""

    plain: str
    turn: int
    begin: int
    end: int


class Numeral(NamedTuple):
    """`first` and `last` are its tokens. `words_before`: of those since the number before, how many are no fillers.

    `is_apart`: the number before is in another breath: a word, a comma or a turn lies between.
    """

    digits: str
    first: int
    last: int
    words_before: int
    is_apart: bool


@dataclass(eq=False)
class Vocabulary:
    """The number words of one language."""

    units: Mapping[str, int]
    teens: Mapping[str, int]
    tens: Mapping[str, int]
    hundreds: Mapping[str, int]
    hundred: frozenset[str]
    thousand: frozenset[str]
    joins: frozenset[str]
    joins_hundred: frozenset[str]
    beside_only: frozenset[str]
    repeat: Mapping[str, int]

    @cached_property
    def all(self) -> frozenset[str]:
        return frozenset[str]().union(
            self.units, self.teens, self.tens, self.hundreds, self.hundred, self.thousand, self.repeat
        )


@cache
def known_words() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(_WORDS.read_text())
    return known


@cache
def vocabulary(language: str) -> Vocabulary:
    told = known_words()[language]
    return Vocabulary(
        units=told["units"],
        teens=told["teens"],
        tens=told["tens"],
        hundreds=told["hundreds"],
        hundred=frozenset(told["hundred"]),
        thousand=frozenset(told["thousand"]),
        joins=frozenset(told["and"]),
        joins_hundred=frozenset(told["and_after_hundred"]),
        beside_only=frozenset(told["beside_numbers_only"]),
        repeat=told["repeat"],
    )


@cache
def words_of_numbers(language: str) -> frozenset[str]:
    return vocabulary(language).all


@cache
def words_between() -> frozenset[str]:
    return frozenset(word for language in LANGUAGES for word in known_words()[language]["fillers"])


@lru_cache(maxsize=4096)
def plain(word: str) -> str:
    """Without case and accents."""
    word = word.casefold().replace("\u2019", "'")
    if word.isascii():
        return word
    return "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each))


def tokens_of(text: str, turn: int) -> list[Token]:
    """In order; blanks are none."""
    return [Token(plain(match.group()), turn, match.start(), match.end()) for match in _TOKEN.finditer(text)]


def numerals_in(tokens: Sequence[Token], language: str) -> list[Numeral]:
    """All numbers of a stream of tokens, in order; the time grows with their count."""
    return _Reader(tokens, vocabulary(language)).read()


class _Reader:
    def __init__(self, tokens: Sequence[Token], words: Vocabulary) -> None:
        self._tokens, self._words, self._known = tokens, words, words.all
        self._fillers = words_between()

    def read(self) -> list[Numeral]:
        found: list[Numeral] = []
        place, words, is_apart, turn = 0, _MOST_BETWEEN + 1, True, -1
        while place < len(self._tokens):
            token = self._tokens[place]
            if token.turn != turn:
                is_apart, turn = True, token.turn
            read = self._number(place)
            if read is not None:
                digits, following = read
                found.append(Numeral(digits, place, following - 1, words, is_apart))
                place, words, is_apart, turn = following, 0, False, self._tokens[following - 1].turn
                continue
            if token.plain[0].isalpha():
                is_apart = True
                words += token.plain not in self._fillers
            elif token.plain in _SENTENCE:
                is_apart = True
            place += 1
        return found

    def _number(self, place: int) -> tuple[str, int] | None:
        """The digits of the number that begins here, and the token behind it."""
        word = self._tokens[place].plain
        if word[0].isdigit():
            return ("".join(str(int(digit)) for digit in word) if not word.isascii() else word), place + 1
        if word not in self._known:
            return None
        if word in self._words.repeat:
            return self._repeated(place)
        if word in self._words.beside_only and not self._is_beside_a_number(place):
            return None
        return self._counted(place)

    def _repeated(self, place: int) -> tuple[str, int] | None:
        following = self._word(place + 1)
        if following in self._words.units:
            digit = str(self._words.units[following])
        elif following.isdecimal() and len(following) == 1:
            digit = following
        else:
            return None
        return digit * self._words.repeat[self._tokens[place].plain], place + 2

    def _counted(self, place: int) -> tuple[str, int] | None:
        value, after = self._below_1000(place)
        if after > place and self._word(after) in self._words.thousand:
            value, after = value * 1000, self._at(after) + 1
        elif after == place and self._word(place) in self._words.thousand:
            value, after = 1000, place + 1
        else:
            return (str(value), after) if after > place else None
        rest, end = self._below_1000(self._joint(after, self._words.joins | self._words.joins_hundred))
        if end > after and rest > 0 and not self._is_single_beside_single(after, end):
            value, after = value + rest, end
        return str(value), after

    def _is_single_beside_single(self, begin: int, end: int) -> bool:
        """Two thousand one two three: the digits follow, they do not add up."""
        if self._word(begin) not in self._words.units or end != begin + 1:
            return False
        return self._word(end) in self._words.units

    def _below_1000(self, place: int) -> tuple[int, int]:
        """The value, and the token behind it; the same token where there is none."""
        words = self._words
        word = self._word(place)
        if word in words.hundreds:
            value, after = words.hundreds[word], place + 1
        else:
            value, after = self._below_100(place)
            if after > place and value > 0 and self._word(after) in words.hundred:
                value, after = value * 100, self._at(after) + 1
            else:
                return value, after
        rest, end = self._below_100(self._joint(after, words.joins_hundred))
        if end > after and rest > 0 and not self._is_single_beside_single(after, end):
            return value + rest, end
        return value, after

    def _below_100(self, place: int) -> tuple[int, int]:
        words = self._words
        word = self._word(place)
        if word in words.teens:
            # Dix-sept.
            unit = self._word(place + 1)
            if word == "dix" and unit in ("sept", "huit", "neuf"):
                return 10 + words.units[unit], self._at(place + 1) + 1
            return words.teens[word], place + 1
        if word in words.tens:
            return self._tens(words.tens[word], place + 1)
        if word in words.units:
            # Quatre-vingt.
            if word == "quatre" and self._word(place + 1) in ("vingt", "vingts"):
                return self._tens(80, self._at(place + 1) + 1)
            return words.units[word], place + 1
        return 0, place

    def _tens(self, value: int, after: int) -> tuple[int, int]:
        """Forty-one; soixante et onze; quatre-vingt-dix-sept; treinta y uno."""
        words = self._words
        joined = self._joint(after, words.joins)
        following = self._word(joined)
        joined = self._at(joined)
        if value in (60, 80) and following in words.teens and "dix" in words.teens:
            teen = words.teens[following]
            unit = self._word(joined + 1)
            if teen == 10 and unit in ("sept", "huit", "neuf"):
                return value + 10 + words.units[unit], self._at(joined + 1) + 1
            return value + teen, joined + 1
        if words.units.get(following, 0) > 0:
            return value + words.units[following], joined + 1
        return value, after

    def _joint(self, place: int, joints: frozenset[str]) -> int:
        """Behind an "and" that joins; the same place where there is none."""
        at = self._at(place)
        return at + 1 if self._raw(at) in joints else place

    def _word(self, place: int) -> str:
        """The word there, or behind a hyphen that is there."""
        return self._raw(self._at(place))

    def _at(self, place: int) -> int:
        if self._raw(place) in ("-", "\u2010", "\u2011") and self._is_same_turn(place, place + 1):
            return place + 1
        return place

    def _raw(self, place: int) -> str:
        return self._tokens[place].plain if 0 <= place < len(self._tokens) else ""

    def _is_same_turn(self, one: int, other: int) -> bool:
        return other < len(self._tokens) and self._tokens[one].turn == self._tokens[other].turn

    def _is_beside_a_number(self, place: int) -> bool:
        turn = self._tokens[place].turn
        for step in (-1, 1):
            other = place + step
            while 0 <= other < len(self._tokens) and self._tokens[other].turn == turn:
                word = self._tokens[other].plain
                if word[0].isdigit() or word in self._known:
                    return True
                if word[0].isalpha() or abs(other - place) > 2:
                    break
                other += step
        return False
