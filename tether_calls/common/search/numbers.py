"""Telephone numbers within texts: found in every spelling, since each is also kept as the ends of its digits.

`+1 (416) 555-0123` and `416 555 01 23` are one number where the digits of one are the end of the other's, of at least
seven. So a text has a mark for each end of its number, and one for the whole: a search asks for the end that it has,
and for a whole that is an end of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tether_calls.common.phone import spellings

# As many digits has a number without its area; E.164 has no more.
LEAST, MOST = 7, 15
# No letters, no digits and no blanks: no word of a text is one of these, and no database divides them.
END_MARK, WHOLE_MARK = "№", "§"

# What stands between the digits of a number: blanks, signs, and what cannot be seen, such as marks of direction.
_BETWEEN = r"\s().\[\]\-\u00ad\u00b7\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\uff08\uff09/"
_RUN = re.compile(rf"\d(?:[{_BETWEEN}]{{0,3}}\d){{6,}}")
_BLANK = re.compile(rf"[{_BETWEEN}]*\s[{_BETWEEN}]*")
_TRUNK_ZERO = re.compile(r"\(0\)")
_NOT_DIGITS = re.compile(r"\D")
_NO_DIGITS = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isdigit())
# With its area a number has so many digits at least. Longer lists of digits than of so many pieces name no number.
_WITH_AREA, _MOST_PIECES = 10, 30
# Around a number, and of no meaning.
_AROUND = "+()[] .,;:!?'\uff0b\ufe62\uff08\uff09"
_SCHEME = re.compile(r"(?:tel|callto|whatsapp):", re.IGNORECASE)


def has_number(texts: Iterable[str]) -> bool:
    """Whether one of the texts may have a number. Most have too few digits: what they are is not looked at then."""
    joined = "\n\n\n\n".join(texts)
    if joined.isascii() and len(joined.encode().translate(None, _NO_DIGITS)) < LEAST:
        return False
    return _RUN.search(joined) is not None


def numbers_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a text has what may be a number, and its digits, without the zeros in front.

    Of digits with blanks between them it is not always to be seen where a number ends: `4165550123 4165550199`, or
    `416-555-0123 24/7`. There what may be one is told as well.
    """
    for match in _RUN.finditer(text):
        yield from _numbers_of(text, match.start(), match.end())


def _numbers_of(text: str, begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    digits = _digits(text[begin:end])
    if LEAST <= len(digits) <= MOST:
        yield begin, end, digits
    if len(digits) <= _WITH_AREA:
        return
    pieces = _pieces(text, begin, end)
    if len(digits) <= MOST:
        # What is behind the last blanks may be of something else; what is before the first ones is a country's code.
        ends = [last for _, last in pieces[:-1]]
        likely = [last for last in ends if _BLANK.search(text, begin, last) is None or "-" in text[begin:last]]
        yield from ((begin, last, found) for last in likely if len(found := _digits(text[begin:last])) >= _WITH_AREA)
        return
    for first, (start, _) in enumerate(pieces[:_MOST_PIECES]):
        for count, (_, last) in enumerate(pieces[first:_MOST_PIECES]):
            found = _digits(text[start:last])
            if len(found) > MOST:
                break
            if len(found) >= (LEAST if count == 0 else _WITH_AREA):
                yield start, last, found


def _pieces(text: str, begin: int, end: int) -> Sequence[tuple[int, int]]:
    """What stands between blanks."""
    starts, ends = [begin], []
    for blank in _BLANK.finditer(text, begin, end):
        ends.append(blank.start())
        starts.append(blank.end())
    return list(zip(starts, [*ends, end], strict=True))


def marks_of(digits: str) -> list[str]:
    """What a text with this number is marked with."""
    ends = range(LEAST, len(digits) + 1)
    return [*(END_MARK + digits[-length:] for length in ends), WHOLE_MARK + digits]


def marks_sought(text: str) -> tuple[str, ...]:
    """The marks of which a text has one if it has this number; none where `text` is no number."""
    runs = list(_RUN.finditer(text))
    if len(runs) != 1:
        return ()
    written = _digits(runs[0][0])
    before, behind = text[: runs[0].start()], text[runs[0].end() :]
    if not LEAST <= len(written) <= MOST or (_SCHEME.sub("", before, count=1) + behind).strip(_AROUND):
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
