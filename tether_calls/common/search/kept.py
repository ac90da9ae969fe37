"""Texts in the form in which each database keeps them for searches; PostgreSQL as a `tsvector`, SQLite for its FTS5.

Neither divides or folds anything itself, so that a search means the same on both, and no extension is needed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from tether_calls.common.search.numbers import has_number, marks_of, numbers_in
from tether_calls.common.search.words import GAP, words_of, words_of_texts

# The parts of a text that can be searched alone, with the weights that PostgreSQL knows them by.
WEIGHTS: Final = {"agent": "A", "user": "B", "summary": "C", "notes": "D"}
PARTS: Final = tuple(WEIGHTS)
# Kept are so many words, and letters of words: two hours of talk. PostgreSQL numbers no more than 16,383 words, and a
# tsvector has a megabyte; of one word it keeps 255 places.
MOST_WORDS, MOST_LETTERS, MOST_PLACES = 15_000, 200_000, 255
Texts = Mapping[str, Iterable[str]]


def as_tsvector(texts: Texts, *, labels: Iterable[str]) -> str:
    """The words with their places and parts, and labels without; as PostgreSQL reads a tsvector."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    place = 1
    for part, words in _words(texts):
        numbered = _numbered(WEIGHTS[part])
        for word, found in zip(words, numbered[place : place + len(words)], strict=True):
            places[word].append(found)
        place += len(words) + 1
    # It has taken its places.
    places.pop(GAP, None)
    kept = [
        f"{word}:{','.join(found if len(found) <= MOST_PLACES else _fewer(found))}" for word, found in places.items()
    ]
    return " ".join((*labels, *kept))


@cache
def _numbered(weight: str) -> list[str]:
    """Every place that a word may have, as it is written: half of the time went into writing them."""
    return [f"{place}{weight}" for place in range(MOST_WORDS * 2)]


def as_columns(texts: Texts, *, labels: Iterable[str]) -> str:
    """A JSON array: the labels, and the words of each part; as the triggers of SQLite's table read it."""
    columns: dict[str, list[str]] = {part: [] for part in PARTS}
    for part, words in _words(texts):
        columns[part] += (*words, GAP)
    return json.dumps([" ".join(labels), *(" ".join(words) for words in columns.values())], ensure_ascii=False)


def _words(texts: Texts) -> Iterator[tuple[str, list[str]]]:
    """The words of each part, a GAP between texts; the marks of numbers, each alone. As many as are kept."""
    words_left, letters_left = MOST_WORDS, MOST_LETTERS
    for part, each in texts.items():
        said = list(each)
        if sum(map(len, said)) < letters_left and not has_number(said):
            words = words_of_texts(said)
            # Not those of the text: some signs are several letters, such as a word of Arabic that is one of them.
            letters = len("".join(words)) - words.count(GAP)
            if len(words) + 1 < words_left and letters < letters_left:
                words_left -= len(words) + 1
                letters_left -= letters
                if words:
                    yield part, words
                continue
        # Text by text, where one of them may be cut, or has more to be found by than its words.
        for text in said:
            words = words_of(text)
            # A gap takes a place as well.
            words_left -= len(words) + 1
            letters_left -= sum(map(len, words))
            if words_left < 0 or letters_left < 0:
                words = _cut(words, words_left + len(words), letters_left + sum(map(len, words)))
            if words:
                yield part, words
            if words_left <= 0 or letters_left <= 0:
                return
            marked: set[str] = set()
            for _, _, digits in numbers_in(text):
                marks = [mark for mark in marks_of(digits) if mark not in marked]
                marked.update(marks)
                words_left -= 2 * len(marks)
                if words_left < 0:
                    return
                yield from ((part, [mark]) for mark in marks)


def _cut(words: list[str], most_words: int, most_letters: int) -> list[str]:
    kept = []
    for word in words[: max(most_words, 0)]:
        most_letters -= len(word)
        if most_letters < 0:
            break
        kept.append(word)
    return kept


def _fewer(places: list[str]) -> list[str]:
    """The first places of each part, in fair shares: what one side often says is still found as the other's."""
    by_part: dict[str, list[str]] = {}
    for place in places:
        by_part.setdefault(place[-1], []).append(place)
    share = MOST_PLACES // len(by_part)
    return [place for found in by_part.values() for place in found[:share]]
