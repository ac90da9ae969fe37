"""Numbers of payment cards, and the codes that go with them."""

from __future__ import annotations

import re
from typing import Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.checks import card_lengths, passes_luhn
from tether_calls.common.redaction.found import Found, is_taken, take
from tether_calls.common.redaction.parts import SHORTEST, Part, latest
from tether_calls.common.redaction.stream import Conversation, Run, cue

_YEARS_OF_EXPIRY: Final = range(24, 60)


def cards(conversation: Conversation, run: Run, found: Found) -> None:
    """From each number the digits of a card, of the length that its brand has first."""
    number, digits, starts = 0, run.digits, run.starts
    places = {start: place for place, start in enumerate(starts)}
    while number < len(run.numerals):
        begin = starts[number]
        last = None
        if len(digits) - begin >= 13 and not is_taken(run, number, found):
            for length in card_lengths(digits[begin : begin + 4]):
                end = places.get(begin + length)
                if (
                    end is not None
                    and _is_one(run, number, end, length)
                    and passes_luhn(digits[begin : begin + length])
                ):
                    last = end - 1
                    break
        if last is None:
            number += 1
            continue
        take(run, number, last, RedactedKind.CARD, conversation, found)
        _code_behind(conversation, run, last + 1, found)
        number = last + 1


def _is_one(run: Run, first: int, end: int, length: int) -> bool:
    """Whether it is told as one: other words only between groups of its digits.

    An unusual length is believed only where nothing goes before or follows.
    """
    begin = run.starts[first]
    for number in range(first + 1, end):
        if run.numerals[number].words_before > 0:
            if run.starts[number] - begin < SHORTEST:
                return False
            begin = run.starts[number]
    if run.starts[end] - begin < SHORTEST:
        return False
    if length in (14, 15, 16):
        return True
    is_begun = first == 0 or run.numerals[first].is_apart
    return is_begun and (end == len(run.numerals) or run.numerals[end].is_apart)


def _code_behind(conversation: Conversation, run: Run, begin: int, found: Found) -> None:
    """Right behind a card: its code, perhaps after the month and year at which it expires."""
    end = begin
    while end < len(run.numerals) and run.numerals[end].words_before <= 1 and run.starts[end] - run.starts[begin] < 9:
        end += 1
    rest = run.digits[run.starts[begin] : run.starts[end]]
    first = begin
    if len(rest) in (7, 8) and 1 <= int(rest[:2]) <= 12 and int(rest[2:4]) in _YEARS_OF_EXPIRY:
        while first < end and run.starts[first] - run.starts[begin] < 4:
            first += 1
        if run.starts[first] - run.starts[begin] != 4:
            return
    elif len(rest) not in (3, 4) or (len(rest) == 4 and _is_expiry(rest)):
        return
    take(run, first, end - 1, RedactedKind.CVV, conversation, found)


def _is_expiry(digits: str) -> bool:
    return 1 <= int(digits[:2]) <= 12 and int(digits[2:]) in _YEARS_OF_EXPIRY


def codes(conversation: Conversation, run: Run, part: Part, found: Found) -> None:
    """CVV: three or four digits that follow words for them, or for any code where a card is spoken of."""
    first, last, digits = part
    if len(digits) not in (3, 4):
        return
    token = run.place(first)
    before = conversation.before(token.turn, token.begin)
    strong, weak = latest(cue("cvv"), before), latest(cue("cvv_of_card"), before)
    if strong is None and weak is not None:
        near = RedactedKind.CARD in found.kinds_before(token.turn, 6) or cue("card").search(before)
        strong = weak if near else None
    # The first number behind the words.
    if strong is not None and not re.search(r" \d{2,}", before[strong:]):
        take(run, first, last, RedactedKind.CVV, conversation, found)
