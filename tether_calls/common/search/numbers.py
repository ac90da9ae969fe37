"""Telephone numbers within texts: found in every spelling, since each is also kept as the ends of its digits.

`+1 (416) 555-0123` and `416 555 01 23` are one number where the digits of one are the end of the other's, of at least
seven. So a text has a mark for each end of its number, and one for the whole: a search asks for the end that it has,
and for a whole that is an end of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tether_calls.common.phone import spellings

# As many digits has a number without its area; E.164 has no more.
LEAST, MOST = 7, 15
# No letters, no digits and no blanks: no word of a text is one of these, and no database divides them.
END_MARK, WHOLE_MARK = "№", "§"

_RUN = re.compile(r"\d(?:[\s().\-\u00ad\u2010-\u2015\u2212/]{0,3}\d){6,}")
_TRUNK_ZERO = re.compile(r"\(0\)")
_NOT_DIGITS = re.compile(r"\D")
_NO_DIGITS = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isdigit())


def has_number(texts: Iterable[str]) -> bool:
    """Whether one of the texts may have a number. Most have too few digits: what they are is not looked at then."""
    joined = "\n\n\n\n".join(texts)
    if joined.isascii() and len(joined.encode().translate(None, _NO_DIGITS)) < LEAST:
        return False
    return _RUN.search(joined) is not None


def numbers_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a text has what may be a number, and its digits, without the zeros in front."""
    for match in _RUN.finditer(text):
        if LEAST <= len(digits := _digits(match[0])) <= MOST:
            yield match.start(), match.end(), digits


def marks_of(digits: str) -> list[str]:
    """What a text with this number is marked with."""
    ends = range(LEAST, len(digits) + 1)
    return [*(END_MARK + digits[-length:] for length in ends), WHOLE_MARK + digits]


def marks_sought(text: str) -> tuple[str, ...]:
    """The marks of which a text has one if it has this number; none where `text` is no number."""
    found = list(numbers_in(text))
    if len(found) != 1:
        return ()
    begin, end, written = found[0]
    if (text[:begin].removeprefix("tel:") + text[end:]).strip("+() ."):
        return ()
    every = {written, *(number.removeprefix("+") for number in spellings(f"+{written}"))}
    marks = {
        mark
        for digits in every
        if len(digits) >= LEAST
        for mark in (END_MARK + digits, *(WHOLE_MARK + digits[-length:] for length in range(LEAST, len(digits))))
    }
    return tuple(sorted(marks))


def _digits(written: str) -> str:
    digits = "".join(str(int(digit)) for digit in _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", written)))
    return digits.lstrip("0")
