"""When something was said that is masked."""

from __future__ import annotations

import pytest

from calls.redaction.sound import Span, Timed, are_within, joined, spans_of


def test_a_mask_is_within_its_turn_from_where_it_may_begin_to_where_it_may_end() -> None:
    turns = [Timed("Your card?", 0), Timed("It's [card], thank you very much", 10), Timed("Thanks.", 40)]

    (span,) = spans_of(turns, duration=60)

    assert 8.5 < span.begin < 10
    assert 29 < span.end < 41


def test_it_ends_no_later_than_the_next_turn_begins() -> None:
    (span,) = spans_of([Timed("[card]", 10), Timed("Thanks.", 14)], duration=60)

    assert span == Span(9, 15)


def test_the_last_turn_ends_with_the_call() -> None:
    (span,) = spans_of([Timed("Hello", 0), Timed("my code is [cvv]", 50)], duration=55)

    assert span.end == 56


def test_without_timestamps_more_is_silent() -> None:
    turns = [Timed("x" * 100, None), Timed("[cvv]", None), Timed("y" * 100, None)]

    (span,) = spans_of(turns, duration=100)

    assert span.begin < 35
    assert span.end > 62


def test_turns_that_overlap_or_go_back_have_spans_all_the_same() -> None:
    spans = spans_of([Timed("[card]", 20), Timed("[email]", 5), Timed("end", 4)], duration=30)

    assert all(0 <= span.begin <= span.end for span in spans)
    assert any(span.begin <= 20 <= span.end for span in spans)


@pytest.mark.parametrize("message", ["nothing here", "[music]", "[cards]"])
def test_what_is_no_mask_is_not_silent(message: str) -> None:
    assert spans_of([Timed(message, 0)], duration=10) == []


def test_spans_are_joined_and_compared() -> None:
    assert joined([Span(4, 6), Span(1, 2), Span(5, 9)]) == [Span(1, 2), Span(4, 9)]
    assert are_within([Span(1, 2)], [Span(0.995, 3)])
    assert not are_within([Span(1, 4)], [Span(0, 3)])
