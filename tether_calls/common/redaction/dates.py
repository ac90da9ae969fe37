"""Dates of birth: dates, written or spoken, near words that say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.emails import Add
from tether_calls.common.redaction.numerals import LANGUAGES, Token, known_words, words_of_numbers
from tether_calls.common.redaction.stream import Conversation, cue, words_in

_BETWEEN: Final = frozenset(
    ["of", "the", "de", "del", "le", "el", "and", "et", "y", "er", "in", ",", "/", "-", ".", "'"]
)


def birth_dates(conversation: Conversation, add: Add) -> None:
    words = cue("birth_date")
    # Nothing more is looked at where no turn has one of the words.
    near: set[int] = set()
    for turn, (_, text) in enumerate(conversation.turns):
        if words.search(words_in(text)):
            near.update((turn, turn + 1, turn + 2))
    for turn in sorted(number for number in near if number < len(conversation.turns)):
        for dated in _dates(conversation.tokens[turn]):
            begin, end = dated[0].begin, dated[-1].end
            if words.search(conversation.before(turn, begin)) or words.search(conversation.after(turn, end)):
                add(RedactedKind.BIRTH_DATE, [(turn, begin, end)])


@cache
def _dated() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Months, numbers, and ordinals, of all languages."""
    known = known_words()
    months = frozenset(word for language in LANGUAGES for word in known[language]["months"])
    numbers = frozenset[str]().union(*(words_of_numbers(language) for language in LANGUAGES))
    ordinals = frozenset(word for language in LANGUAGES for word in known[language]["ordinals"])
    return months, numbers, ordinals


def _dates(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Runs of tokens that are a date: a month by name and a number, or three numbers, or six to eight digits."""
    months, numbers, ordinals = _dated()
    run: list[Token] = []
    for token in [*tokens, None]:
        is_part = token is not None and (
            token.plain[0].isdigit()
            or token.plain in months
            or token.plain in numbers
            or token.plain in ordinals
            or token.plain in _BETWEEN
        )
        if is_part and token is not None:
            run.append(token)
            continue
        while run and run[-1].plain in _BETWEEN:
            run.pop()
        while run and run[0].plain in _BETWEEN:
            run.pop(0)
        if run and _is_date(run):
            yield run
        run = []


def _is_date(run: Sequence[Token]) -> bool:
    months, numbers, ordinals = _dated()
    counted = [token for token in run if token.plain[0].isdigit() or token.plain in numbers or token.plain in ordinals]
    written = [token for token in counted if token.plain[0].isdigit()]
    if any(token.plain in months for token in run):
        return bool(counted)
    digits = sum(len(token.plain) for token in written)
    return len(written) >= 3 or len(counted) - len(written) >= 3 or 6 <= digits <= 8
