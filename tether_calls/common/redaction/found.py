"""What has been found in a conversation so far, and how a number becomes a finding."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.kinds import Finding
from tether_calls.common.redaction.stream import Conversation, Run

# Findings of a turn that are looked at for what it is about.
_LATEST: Final = 20


class Found:
    """The findings so far; of two that overlap the first stays."""

    def __init__(self) -> None:
        # By turn, in order of their places.
        self._of_turn: dict[int, list[Finding]] = {}
        # Digits that are found, with the turns of which they are.
        self.numbers: list[tuple[str, RedactedKind, int, int]] = []

    def add(self, kind: RedactedKind, pieces: Iterable[tuple[int, int, int]]) -> None:
        """What is found there already is left out of them."""
        for turn, begin, end in pieces:
            of_turn = self._of_turn.setdefault(turn, [])
            at = bisect_right(of_turn, begin, key=_end_of)
            new = []
            while begin < end:
                known = of_turn[at] if at < len(of_turn) else None
                if known is None or known.begin >= end:
                    new.append(Finding(turn, begin, end, kind))
                    break
                if begin < known.begin:
                    new.append(Finding(turn, begin, known.begin, kind))
                begin = max(begin, known.end)
                at += 1
            for finding in new:
                insort(of_turn, finding, key=_begin_of)

    def covers(self, turn: int, begin: int, end: int) -> bool:
        of_turn = self._of_turn.get(turn)
        if not of_turn:
            return False
        at = bisect_right(of_turn, begin, key=_end_of)
        return at < len(of_turn) and of_turn[at].begin < end

    def has(self, run: Run, first: int, last: int) -> bool:
        return is_taken(run, first, self) or is_taken(run, last, self)

    def kinds_before(self, turn: int, turns: int) -> set[RedactedKind]:
        return {
            known.kind
            for number in range(max(0, turn - turns), turn + 1)
            for known in self._of_turn.get(number, ())[-_LATEST:]
        }

    def ordered(self) -> list[Finding]:
        return [each for turn in sorted(self._of_turn) for each in self._of_turn[turn]]


def _begin_of(finding: Finding) -> int:
    return finding.begin


def _end_of(finding: Finding) -> int:
    return finding.end


def pieces_of(run: Run, first: int, last: int, conversation: Conversation) -> list[tuple[int, int, int]]:
    """Where the numbers from the first to the last stand: in each turn from the first of them to the last."""
    places: dict[int, tuple[int, int]] = {}
    for numeral in run.numerals[first : last + 1]:
        for token in (run.tokens[numeral.first], run.tokens[numeral.last]):
            begin, end = places.get(token.turn, (token.begin, token.end))
            places[token.turn] = (min(begin, token.begin), max(end, token.end))
    pieces = []
    for turn, (begin, end) in places.items():
        text = conversation.turns[turn][1]
        while begin > 0 and text[begin - 1] in "+(":
            begin -= 1
        pieces.append((turn, begin, end))
    return pieces


def take(run: Run, first: int, last: int, kind: RedactedKind, conversation: Conversation, found: Found) -> None:
    pieces = pieces_of(run, first, last, conversation)
    found.add(kind, pieces)
    turns = [turn for turn, _, _ in pieces]
    digits = run.digits[run.starts[first] : run.starts[last + 1]]
    found.numbers.append((digits, kind, min(turns), max(turns)))


def is_taken(run: Run, number: int, found: Found) -> bool:
    token = run.place(number)
    return found.covers(token.turn, token.begin, token.end)
