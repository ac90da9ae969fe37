"""Words of many texts, read at once, are those of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tether_calls.common.search import kept as keeping
from tether_calls.common.search.kept import as_tsvector
from tether_calls.common.search.numbers import has_number, numbers_in
from tether_calls.common.search.words import GAP, words_of, words_of_texts

# Plain and accented letters, what divides words and what does not, the sign of gaps, numbers, no words at all.
PIECES = ["the", "Hello,", "O'Brien", "é", "Straße", "...", "", GAP, "日本語", "a\u0301", "\u0301x", "50%", "1e5", "\n"]
TEXTS = st.lists(st.lists(st.sampled_from([*PIECES, "416 555 01 23", "x" * 50])).map(" ".join), max_size=5)


@given(TEXTS)
def test_words_of_texts_are_those_of_each_with_a_gap_between(texts: list[str]) -> None:
    one_by_one = [words for words in map(words_of, texts) if words]

    found = words_of_texts(texts)

    expected: list[str] = []
    for words in one_by_one:
        expected += (GAP, *words) if expected else words
    assert found == expected


@given(TEXTS)
def test_a_number_is_never_missed(texts: list[str]) -> None:
    assert has_number(texts) or not any(list(numbers_in(text)) for text in texts)


def test_a_gap_takes_a_place_and_is_no_word() -> None:
    kept = as_tsvector({"agent": ["Good morning", "", "morning"]}, labels=["label"])

    assert kept == "label good:1A morning:2A,4A"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+1 (416) 555-0123", ["1 (416) 555-0123"]),
        ("+49 30 1234 5678", ["49 30 1234 5678"]),
        ("1 800 555 0123 9", ["1 800 555 0123 9"]),
        ("416-555-0123 24/7", ["416-555-0123 24/7", "416-555-0123"]),
        ("4165550123 4165550199", ["4165550123", "4165550199"]),
        ("1234567890123456", []),
    ],
)
def test_where_a_number_ends_is_told_by_what_stands_between_its_digits(text: str, numbers: list[str]) -> None:
    assert [text[begin:end] for begin, end, _ in numbers_in(text)] == numbers


def test_digits_without_end_cost_no_more_than_their_length() -> None:
    assert len(list(numbers_in("1 2 3 4 5 " * 2_000))) < 200


def test_a_mark_is_kept_once_of_a_text() -> None:
    kept = as_tsvector({"agent": ["4165550123 4165550123"]}, labels=[])

    assert len(kept.split()) == len({mark.split(":")[0] for mark in kept.split()}) == 6
    assert all("," not in mark for mark in kept.split() if not mark[0].isdigit())


def test_digits_of_two_texts_are_no_number() -> None:
    assert has_number(["416 5550"])
    assert not has_number(["416", "5550"])


def test_letters_count_as_they_are_kept_where_one_sign_is_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_LETTERS", 100)
    muhammad = "\ufdf4"
    assert [len(word) for word in words_of(muhammad)] == [4]

    kept = as_tsvector({"agent": [" ".join([muhammad] * 30)]}, labels=[])

    assert kept.count(",") + 1 == 25
