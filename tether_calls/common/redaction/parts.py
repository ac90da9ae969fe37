"""Numbers between two breaths: how they are written, and what words near by say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from tether_calls.common.redaction.checks import IBAN_LENGTHS
from tether_calls.common.redaction.stream import Conversation, Run, cue

# Digits of a code of a card, of the longest account, and of the longest that is no card: an IBAN without its letters.
SHORTEST: Final = 3
LONGEST_ACCOUNT: Final = 18
_LONGEST: Final = 34
# Words that are no fillers, within a number that no check digit shows.
_MOST_WORDS_WITHIN: Final = 2


class Part(NamedTuple):
    """Numbers of a run between two breaths, from the first to the last."""

    first: int
    last: int
    digits: str


def parts(run: Run) -> Iterator[Part]:
    """The longer ones first."""
    numerals, starts = run.numerals, run.starts
    for first, numeral in enumerate(numerals):
        if not (first == 0 or numeral.is_apart):
            continue
        ends, words = [], 0
        most = _LONGEST if country_of(run, first) else LONGEST_ACCOUNT
        for end in range(first + 1, len(numerals) + 1):
            count = starts[end] - starts[first]
            words += numerals[end - 1].words_before if end - 1 > first else 0
            if count > most or words > _MOST_WORDS_WITHIN:
                break
            if count >= SHORTEST and (end == len(numerals) or numerals[end].is_apart):
                ends.append(end)
        for end in reversed(ends):
            yield Part(first, end - 1, run.digits[starts[first] : starts[end]])


def country_of(run: Run, first: int) -> str | None:
    """The two letters in front of a number, in one word or spelled."""
    at = run.numerals[first].first
    letters = ""
    while at > 0 and len(letters) < 2 and len(run.tokens[at - 1].plain) <= 2 - len(letters):
        at -= 1
        letters = run.tokens[at].plain + letters
    return letters.upper() if letters.upper() in IBAN_LENGTHS else None


def form_of(conversation: Conversation, run: Run, first: int, last: int) -> tuple[tuple[int, ...], set[str]]:
    """How many digits stand together, and what stands between them; no form of what spans turns, or is words."""
    numerals = run.numerals[first : last + 1]
    turns = {run.tokens[numeral.first].turn for numeral in numerals}
    if len(turns) > 1 or any(not run.tokens[numeral.first].plain[0].isdigit() for numeral in numerals):
        return (), set()
    text = conversation.turns[turns.pop()][1]
    between = {
        text[run.tokens[one.last].end : run.tokens[other.first].begin].strip() for one, other in pairwise(numerals)
    }
    return tuple(len(numeral.digits) for numeral in numerals), between


def is_told(conversation: Conversation, run: Run, first: int, last: int, name: str) -> bool:
    """Whether words near by say that it is what has that name in `words.json`."""
    begin, end = run.place(first), run.tokens[run.numerals[last].last]
    return conversation.is_told(name, begin, end)


def is_of_something_else(conversation: Conversation, run: Run, first: int) -> bool:
    """An order's or an invoice's number."""
    token = run.place(first)
    known = conversation.is_other.get((token.turn, token.begin))
    if known is None:
        before = conversation.beside(token.turn, token.begin)
        other, phone = latest(cue("phone_not"), before), latest(cue("phone"), before)
        known = other is not None and (phone is None or phone <= other + len(" number is "))
        conversation.is_other[token.turn, token.begin] = known
    return known


def latest(words: re.Pattern[str], text: str) -> int | None:
    """Where the last of them ends."""
    end = None
    for match in words.finditer(text):
        end = match.end()
    return end
