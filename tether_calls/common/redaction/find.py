"""Finds what is not to be kept in a conversation: the time grows with its length, and no regex looks twice.

Digits are looked at as runs (`stream.py`): all that one speaker says one after the other, over what others say in
between. Of a run every number may be the first digits of a card, which its check digit decides; other kinds are taken
only between breaths, and where a word near by tells what they are or their written form does.
"""

from __future__ import annotations

from collections.abc import Sequence

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.banks import banks, ibans
from tether_calls.common.redaction.cards import cards, codes
from tether_calls.common.redaction.dates import birth_dates
from tether_calls.common.redaction.emails import emails
from tether_calls.common.redaction.found import Found, pieces_of
from tether_calls.common.redaction.kinds import Finding
from tether_calls.common.redaction.parts import SHORTEST, parts
from tether_calls.common.redaction.persons import persons
from tether_calls.common.redaction.phones import phones
from tether_calls.common.redaction.stream import Conversation, Run, runs_of


def findings(turns: Sequence[tuple[str, str]], *, is_unfinished: bool = False) -> list[Finding]:
    """Of (role, text): every finding of every kind, by turn and place; none overlaps another.

    `is_unfinished`: three digits and more of what is nothing yet are found as well.
    """
    conversation = Conversation(turns)
    found = Found()
    for turn, (_, text) in enumerate(turns):
        ibans(turn, text, found)
    streams = conversation.streams()
    for stream in streams:
        emails(stream, turns, found.add)
    runs = [run for stream in streams for run in runs_of(stream)]
    for run in runs:
        cards(conversation, run, found)
    between_breaths = [(run, part) for run in runs for part in parts(run)]
    for detect in (codes, persons, banks, phones):
        for run, part in between_breaths:
            if not found.has(run, part.first, part.last):
                detect(conversation, run, part, found)
    birth_dates(conversation, found.add)
    _repeated(runs, conversation, found)
    if is_unfinished:
        for run in runs:
            _unfinished(conversation, run, found)
    return found.ordered()


def _unfinished(conversation: Conversation, run: Run, found: Found) -> None:
    """Digits that stand together, as many as a code has: what more of them is said later may make them anything."""
    first = 0
    for end in range(1, len(run.numerals) + 1):
        if end == len(run.numerals) or run.numerals[end].words_before > 0:
            if run.starts[end] - run.starts[first] >= SHORTEST:
                found.add(RedactedKind.DIGITS, pieces_of(run, first, end - 1, conversation))
            first = end


def _repeated(runs: Sequence[Run], conversation: Conversation, found: Found) -> None:
    """Parts of a number that others repeat while it is told, or right after it."""
    of_turn: dict[int, list[tuple[str, RedactedKind]]] = {}
    for digits, kind, first, last in found.numbers:
        if len(digits) >= 9:
            for turn in range(first, min(last + 3, len(conversation.turns))):
                of_turn.setdefault(turn, []).append((digits, kind))
    if not of_turn:
        return
    for run in runs:
        begin = 0
        numerals = run.numerals
        for place, numeral in enumerate(numerals):
            is_last = place + 1 == len(numerals) or numerals[place + 1].is_apart
            if not is_last:
                continue
            digits = run.digits[run.starts[begin] : run.starts[place + 1]]
            turn = run.tokens[numeral.first].turn
            for number, kind in of_turn.get(turn, ()) if len(digits) >= 3 else ():
                if digits in number:
                    found.add(kind, pieces_of(run, begin, place, conversation))
                    break
            begin = place + 1
