"""E-mail addresses, written and spoken: "jane dot smith at gmail dot com", "arobase", "arroba", "guion bajo"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.numerals import LANGUAGES, Token, known_words, words_of_numbers

# Words of the part before the sign, and labels behind it.
_MOST_BEFORE, _MOST_LABELS = 40, 5
_CLOSE: Final = frozenset({"-", "_"})

Add = Callable[[RedactedKind, Iterable[tuple[int, int, int]]], None]


def emails(stream: Sequence[Token], turns: Sequence[tuple[str, str]], add: Add) -> None:
    """Those of one speaker."""
    told = _Told()
    reader = _Reader(stream, told)
    for place, token in enumerate(stream):
        if token.plain in told.at or token.plain in told.surely:
            found = reader.around(place)
            if found is not None:
                add(RedactedKind.EMAIL, _pieces(stream[found[0] : found[1]]))


def _pieces(tokens: Sequence[Token]) -> list[tuple[int, int, int]]:
    places: dict[int, tuple[int, int]] = {}
    for token in tokens:
        begin, _ = places.get(token.turn, (token.begin, 0))
        places[token.turn] = (begin, token.end)
    return [(turn, begin, end) for turn, (begin, end) in places.items()]


class _Told:
    def __init__(self) -> None:
        told = _lists()
        self.at, self.surely, self.dot = told["at"], told["at_surely"], told["dot"]
        self.joints, self.ends, self.no_names = told["joints"], told["ends"], told["no_names"]
        self.numbers = frozenset[str]().union(*(words_of_numbers(language) for language in LANGUAGES))


@cache
def _lists() -> dict[str, frozenset[str]]:
    told: dict[str, Any] = known_words()["email"]
    return {name: frozenset(words) for name, words in told.items()}


class _Reader:
    def __init__(self, tokens: Sequence[Token], told: _Told) -> None:
        self._tokens, self._told = tokens, told

    def around(self, at: int) -> tuple[int, int] | None:
        """From the first token of the address to behind its last."""
        end = self._domain(at + 1)
        begin = self._name(at - 1)
        if end is None or begin is None:
            return None
        is_a_word = self._tokens[at].plain in self._told.at and begin == at - 1
        if is_a_word and self._tokens[begin].plain in self._told.no_names:
            return None
        return begin, end

    def _domain(self, place: int) -> int | None:
        """Behind the last label, which has to be one that domains end with."""
        end = None
        for label in range(_MOST_LABELS):
            if not self._is_word(place):
                break
            while self._is_word(place + 1) and self._touches(place + 1):
                place += 1
            while self._plain(place + 1) in _CLOSE and self._is_word(place + 2) and self._touches(place + 1):
                place += 2
            if label > 0 and self._plain(place) in self._told.ends:
                end = place + 1
            # The point that ends a sentence is followed by a blank.
            is_end = self._plain(place + 1) == "." and not self._touches(place + 2)
            if self._plain(place + 1) not in self._told.dot or is_end:
                break
            place += 2
        return end

    def _name(self, place: int) -> int | None:
        if not self._is_word(place):
            return None
        first = place
        for _ in range(_MOST_BEFORE):
            before = first - 1
            if self._plain(before) in self._told.joints and not self._ends_sentence(before):
                while self._plain(before) in self._told.joints and self._is_word_or_joint(before - 1):
                    before -= 1
                if not self._is_word(before):
                    break
                first = before
            elif self._is_word(before) and (self._touches(first) or self._spells(before, first)):
                first = before
            elif self._plain(before) == "," and self._is_word(before - 1) and self._spells(before - 1, first):
                first = before - 1
            else:
                break
        return first

    def _spells(self, before: int, first: int) -> bool:
        """Letter by letter, or a name with a number behind it."""
        one, other = self._plain(before), self._plain(first)
        if self._is_number(other):
            return self._is_number(one) or one not in self._told.no_names
        return len(one) == 1 and len(other) == 1

    def _is_number(self, word: str) -> bool:
        return word[:1].isdigit() or word in self._told.numbers

    def _is_word_or_joint(self, place: int) -> bool:
        return self._is_word(place) or self._plain(place) in self._told.joints

    def _ends_sentence(self, place: int) -> bool:
        """A written point with a blank behind it."""
        return self._plain(place) == "." and not self._touches(place + 1)

    def _is_word(self, place: int) -> bool:
        return self._plain(place)[:1].isalnum()

    def _touches(self, place: int) -> bool:
        """Whether no blank is in front of it."""
        if not 0 < place < len(self._tokens):
            return False
        one, other = self._tokens[place - 1], self._tokens[place]
        return one.turn == other.turn and one.end == other.begin

    def _plain(self, place: int) -> str:
        return self._tokens[place].plain if 0 <= place < len(self._tokens) else ""
