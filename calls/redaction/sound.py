"""When in a recording the words were said that a transcript has masks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.stream import MASK

# Seconds that it takes to say one of them, slowly.
_SECONDS: Final = {
    RedactedKind.CARD: 20.0,
    RedactedKind.CVV: 5.0,
    RedactedKind.SSN_SIN: 12.0,
    RedactedKind.BANK: 30.0,
    RedactedKind.EMAIL: 15.0,
    RedactedKind.PHONE: 12.0,
    RedactedKind.BIRTH_DATE: 8.0,
    RedactedKind.DIGITS: 20.0,
}
# Characters a second of who speaks fast, and of who speaks slowly.
_FAST, _SLOW = 22.0, 7.0
# Timestamps are of some tenths of a second, and sometimes of whole seconds.
_MARGIN: Final = 1.0
# Without timestamps a turn's place is guessed by the share of the text in front of it: seconds, and of the whole.
_UNSURE, _UNSURE_SHARE = 5.0, 0.1


class Span(NamedTuple):
    """Seconds from the start of the audio."""

    begin: float
    end: float


class Timed(NamedTuple):
    """A turn: what is left of it, and the seconds into the call at which it began, where that is known."""

    message: str
    timestamp: float | None


def spans_of(turns: Sequence[Timed], *, duration: float) -> list[Span]:
    """The spans of all masks, in order, none touching another; none of a transcript without masks.

    Rather too long than too short: within a turn it is not known where a word was said, only between which bounds. A
    mask is there from where a fast speaker would have come to it, to where a slow one would have ended, and no later
    than what follows it.
    """
    if not any("[" in turn.message for turn in turns):
        return []
    spans: list[Span] = []
    starts = _starts(turns, duration)
    for number, turn in enumerate(turns):
        begin, end, unsure = starts[number]
        spans += (_placed(turn.message, match, begin, end, unsure) for match in MASK.finditer(turn.message))
    return joined(Span(max(span.begin, 0.0), span.end) for span in spans)


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order, those that touch as one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.begin <= merged[-1].end:
            merged[-1] = Span(merged[-1].begin, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def are_within(spans: Iterable[Span], others: Sequence[Span]) -> bool:
    """Whether each is within one of the others, by a hundredth of a second."""
    return all(
        any(other.begin - 0.01 <= span.begin and span.end <= other.end + 0.01 for other in others) for span in spans
    )


def _placed(message: str, mask: re.Match[str], begin: float, end: float, unsure: float) -> Span:
    length, seconds = max(len(message), 1), max(end - begin, 0.0)
    kind = RedactedKind(mask.group()[1:-1])
    first = min(seconds * mask.start() / length, mask.start() / _FAST)
    last = max(seconds * mask.end() / length, mask.start() / _SLOW + _SECONDS[kind])
    return Span(begin + first - _MARGIN - unsure, min(end, begin + last) + _MARGIN + unsure)


def _starts(turns: Sequence[Timed], duration: float) -> list[tuple[float, float, float]]:
    """Of each turn: when it begins, when the next one does, and by how much that may be wrong."""
    known = [(number, turn.timestamp) for number, turn in enumerate(turns) if turn.timestamp is not None]
    anchors = [(0, 0.0) if not known or known[0][0] > 0 else known[0], *known, (len(turns), duration)]
    unsure = _UNSURE + duration * _UNSURE_SHARE
    begins: list[tuple[float, bool]] = []
    for (first, begin), (last, end) in pairwise(anchors):
        if last <= first:
            continue
        total = sum(len(turn.message) + 1 for turn in turns[first:last])
        said = 0
        for turn in turns[first:last]:
            begins.append((begin + max(end - begin, 0.0) * said / total, turn.timestamp is not None))
            said += len(turn.message) + 1
    ends = [*begins[1:], (max(duration, begins[-1][0]), True)]
    return [
        (begin, max(begin, end), 0.0 if is_known and is_known_too else unsure)
        for (begin, is_known), (end, is_known_too) in zip(begins, ends, strict=True)
    ]
