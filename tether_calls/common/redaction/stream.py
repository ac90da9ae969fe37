"""A conversation as its tokens, side by side: the words of one speaker follow each other over what others say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.numerals import (
    LANGUAGES,
    Numeral,
    Token,
    known_words,
    numerals_in,
    plain,
    tokens_of,
    words_of_numbers,
)

# So many turns of others may lie between the parts of one number.
_MOST_TURNS_BETWEEN: Final = 3
# Characters before and after a number, and turns before it, in which a word tells what it is.
_BEFORE, _AFTER, _TURNS_BEFORE = 90, 40, 2
# Words that are no fillers, within one number.
_MOST_WORDS_BETWEEN: Final = 6
MASK: Final = re.compile(rf"\[(?:{'|'.join(RedactedKind)})\]")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


@dataclass
class Conversation:
    """The turns of a conversation: (role, text)."""

    turns: Sequence[tuple[str, str]]
    # The plain words of turns, as far as they were asked for.
    _plain: dict[int, str] = field(default_factory=dict)

    # Whether a word is in front of a place, or behind it.
    _is_before: dict[tuple[str, int, int], bool] = field(default_factory=dict)
    _is_after: dict[tuple[str, int, int], bool] = field(default_factory=dict)

    # Whether a number is an order's or the like.
    is_other: dict[tuple[int, int], bool] = field(default_factory=dict)

    @cached_property
    def tokens(self) -> list[list[Token]]:
        return [tokens_of(text, turn) for turn, (_, text) in enumerate(self.turns)]

    def streams(self) -> list[list[Token]]:
        """What each speaker says, without what is said in between; apart where much is."""
        streams: list[list[Token]] = []
        latest: dict[str, tuple[int, list[Token]]] = {}
        for turn, (role, _) in enumerate(self.turns):
            known = latest.get(role)
            if known is None or turn - known[0] > _MOST_TURNS_BETWEEN + 1:
                stream: list[Token] = []
                streams.append(stream)
            else:
                stream = known[1]
            stream.extend(self.tokens[turn])
            latest[role] = (turn, stream)
        return streams

    def before(self, turn: int, begin: int) -> str:
        """The plain words in front of a place: of its turn, and of those before it where it is near its beginning."""
        text = self.turns[turn][1][max(0, begin - _BEFORE) : begin]
        words = words_in(text)
        if begin <= _BEFORE:
            earlier = (self.plain(number)[-_BEFORE:] for number in range(max(0, turn - _TURNS_BEFORE), turn))
            words = f"{' '.join(earlier)} {words}"
        return words

    def is_told(self, name: str, begin: Token, end: Token) -> bool:
        """Whether words in front of the first token or behind the last tell what these are."""
        place, behind = (name, begin.turn, begin.begin), (name, end.turn, end.end)
        if place not in self._is_before:
            self._is_before[place] = cue(name).search(self.before(begin.turn, begin.begin)) is not None
        if self._is_before[place]:
            return True
        if behind not in self._is_after:
            self._is_after[behind] = cue(name).search(self.after(end.turn, end.end)) is not None
        return self._is_after[behind]

    def beside(self, turn: int, begin: int) -> str:
        """The plain words in front of a place in its own turn."""
        return words_in(self.turns[turn][1][max(0, begin - _BEFORE // 2) : begin])

    def after(self, turn: int, end: int) -> str:
        return words_in(self.turns[turn][1][end : end + _AFTER])

    def plain(self, turn: int) -> str:
        if turn not in self._plain:
            # Only the end of it is ever looked at.
            self._plain[turn] = words_in(self.turns[turn][1][-2 * _BEFORE :])
        return self._plain[turn]


def words_in(text: str) -> str:
    """The plain words of a text, one blank before and behind each; a mask is a number."""
    if "[" in text:
        text = MASK.sub(" 00 ", text)
    return f" {_NOT_WORDS.sub(' ', plain(text)).strip()} "


@cache
def cue(name: str) -> re.Pattern[str]:
    """The words that tell what a number is."""
    return re.compile(f" (?:{known_words()['cues'][name]})(?= )")


@dataclass
class Run:
    """Numbers that follow each other, as one speaker says them in one language."""

    tokens: Sequence[Token]
    numerals: Sequence[Numeral]

    @cached_property
    def digits(self) -> str:
        return "".join(numeral.digits for numeral in self.numerals)

    @cached_property
    def starts(self) -> list[int]:
        """Where in `digits` each number begins, and where they all end."""
        places = [0]
        for numeral in self.numerals:
            places.append(places[-1] + len(numeral.digits))
        return places

    def place(self, number: int) -> Token:
        return self.tokens[self.numerals[number].first]


def runs_of(stream: Sequence[Token]) -> list[Run]:
    """The runs of a stream, in every language of which it has words; written digits are read once."""
    words = {token.plain for token in stream}
    languages = [language for language in LANGUAGES if not words_of_numbers(language).isdisjoint(words)]
    if not languages and not any(token.plain[0].isdigit() for token in stream):
        return []
    runs: list[Run] = []
    for language in languages or LANGUAGES[:1]:
        run: list[Numeral] = []
        for numeral in numerals_in(stream, language):
            if run and numeral.words_before > _MOST_WORDS_BETWEEN:
                runs.append(Run(stream, run))
                run = []
            run.append(numeral)
        if run:
            runs.append(Run(stream, run))
    return runs
