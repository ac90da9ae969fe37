"""Where a text has what a search looks for, and how that is shown."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tether_calls.common.search.numbers import marks_of, numbers_in
from tether_calls.common.search.query import Term
from tether_calls.common.search.words import words_in_place, words_of

# Longer texts are shown in part, around the first place.
LONGEST_SHOWN = 2_000


@dataclass(frozen=True)
class Found:
    """A text with places in it, in order, none over another; `terms`: how many of the search's terms it has."""

    text: str
    places: tuple[tuple[int, int], ...]
    terms: int


def find_terms(text: str, terms: Sequence[Term]) -> Found | None:
    """None where the text has none of them."""
    likely = _likely(text, terms)
    if not likely:
        return None
    words = list(words_in_place(text))
    numbers = [(begin, end, set(marks_of(digits))) for begin, end, digits in numbers_in(text)]
    places: list[tuple[int, int]] = []
    count = 0
    for term in likely:
        length = len(term.words)
        found = [
            (words[first].begin, words[first + length - 1].end)
            for first in range(len(words) - length + 1)
            if all(words[first + offset].text == word for offset, word in enumerate(term.words))
        ]
        found += [(begin, end) for begin, end, marks in numbers if not marks.isdisjoint(term.marks)]
        places += found
        count += bool(found)
    return Found(text, tuple(_joined(places)), count) if places else None


def marked(found: Found, *, longest: int = LONGEST_SHOWN, most_before: int | None = None) -> str:
    """As HTML, with <mark> around each place and everything else escaped; of a long text the part around the first.

    `most_before`: so many letters of any text come before the first place at most, where a line has no room for more.
    """
    begin, end = _shown(found, longest, most_before)
    pieces: list[str] = []
    position = begin
    for first, last in found.places:
        if last > end:
            break
        pieces += (html.escape(found.text[position:first]), f"<mark>{html.escape(found.text[first:last])}</mark>")
        position = last
    pieces.append(html.escape(found.text[position:end]))
    return f"{'…' if begin else ''}{''.join(pieces)}{'…' if end < len(found.text) else ''}"


def _shown(found: Found, longest: int, most_before: int | None) -> tuple[int, int]:
    first, last = found.places[0]
    if most_before is None:
        if len(found.text) <= longest:
            return 0, len(found.text)
        begin = max(first - longest // 4, 0)
    else:
        begin = _word_from(found.text, max(first - most_before, 0), first)
    return begin, min(max(begin + longest, last), len(found.text))


def _word_from(text: str, begin: int, until: int) -> int:
    """Where the first word begins that is whole; `begin` where there is none before `until`."""
    if begin == 0 or text[begin - 1].isspace():
        return begin
    space = text.find(" ", begin, until)
    return begin if space < 0 else space + 1


def _likely(text: str, terms: Sequence[Term]) -> list[Term]:
    """Reading the words is cheap, finding their places is not."""
    words = set(words_of(text))
    marks = {mark for _, _, digits in numbers_in(text) for mark in marks_of(digits)}
    return [term for term in terms if words.issuperset(term.words) or not marks.isdisjoint(term.marks)]


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(set(places)):
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
