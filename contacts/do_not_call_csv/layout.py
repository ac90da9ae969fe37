"""Which column of a list holds the numbers: found by what its first lines hold, in any language and any order."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tether_calls.common.phone import canonical, country_code, is_dialable

# How many lines are looked at before the first is read.
SAMPLE = 50

_DELIMITERS = (",", ";", "\t", "|")
# The line with which a file tells Excel its separator.
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[^\w\s"+]|\t)"?', re.IGNORECASE)
# What the columns may be called. Numbers are found without; a name decides between two columns of numbers.
_NUMBER_NAMES = frozenset({"phone_number", "phonenumber", "phone", "telephone", "tel", "mobile", "msisdn", "number"})
_REASON_NAMES = frozenset(
    {
        "reason",
        "grund",
        "raison",
        "motif",
        "motivo",
        "razon",
        "razón",
        "reden",
        "orsak",
        "årsag",
        "powód",
        "syy",
    }
)
# What our own files have in front. Only in these does `source` say why a number is on our list.
COLUMNS = ("phone_number", "reason", "source")
# How North American lists divide a number over columns.
_DIVIDED = ((3, 7), (3, 3, 4))
_NORTH_AMERICA = 1
_DIGITS_OF_A_NUMBER = 7
_SCIENTIFIC = re.compile(r"'?[+-]?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]{1,2}", re.IGNORECASE)
_FORMULA_TEXT = re.compile(r'=\s*"(?P<text>.*)"', re.DOTALL)
_WHOLE_WITH_FRACTION = re.compile(r"(?P<whole>\+?[0-9]{7,})[.,]0+")


@dataclass(frozen=True)
class Layout:
    """`numbers`: the columns that make up a number; `reason`, `source`: the columns of these, if there are any.

    `source` is there in files of our own alone. `leading`: how many lines in front hold none: titles, names of columns,
    the separator.
    """

    delimiter: str
    numbers: tuple[int, ...]
    reason: int | None
    leading: int = 0
    source: int | None = None


def find_layout(sample: Sequence[str], *, region: str | None) -> Layout:
    """The layout in which most of a file's first lines (with their blank ones) name a number."""
    first = next((at for at, line in enumerate(sample) if line.strip()), 0)
    match = _SEPARATOR_LINE.fullmatch(sample[first].strip(" ")) if sample else None
    if match is not None:
        _, layout = _divided_by(match["delimiter"], sample[first + 1 :], region)
        return replace(layout, leading=layout.leading + first + 1)
    found = [_divided_by(delimiter, sample, region) for delimiter in _DELIMITERS]
    # The first of the best ones: a comma where it makes no difference.
    return max(found, key=lambda scored: scored[0])[1]


def split(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line, none of a blank one; None where the quotes do not match."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True), [])
    except csv.Error:
        return None
    cells = [_plain(cell) for cell in cells]
    return cells if any(cells) else []


def number_in(cells: Sequence[str], columns: tuple[int, ...], *, region: str | None) -> str | None:
    """The number (E.164) that these columns hold together."""
    texts = [cells[at] if at < len(cells) else "" for at in columns]
    if len(columns) > 1 and tuple(len(_digits(text)) for text in texts) not in _DIVIDED:
        return None
    text = "".join(_digits(text) for text in texts) if len(columns) > 1 else texts[0]
    if _SCIENTIFIC.fullmatch(text):
        return None
    if whole := _WHOLE_WITH_FRACTION.fullmatch(text):
        text = whole["whole"]
    return canonical(text, region=region)


def is_rounded(cells: Sequence[str]) -> bool:
    """Whether a spreadsheet has written a number as 1.41656E+10."""
    return any(_SCIENTIFIC.fullmatch(cell) for cell in cells)


def _plain(cell: str) -> str:
    """A cell without the form in which spreadsheets are kept from calculating with it: ="+14165550199"."""
    cell = cell.strip()
    match = _FORMULA_TEXT.fullmatch(cell)
    return match["text"].strip() if match else cell


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _divided_by(delimiter: str, sample: Sequence[str], region: str | None) -> tuple[tuple[int, int, int], Layout]:
    """How well a delimiter fits, and the layout that it gives."""
    rows = [split(line, delimiter) for line in sample]
    leading = next((at for at, row in enumerate(rows) if row is None or _may_name_a_number(row)), 0)
    data = [row for row in rows[leading:] if row]
    width = max((len(row) for row in data), default=1)
    # One cell above several columns is a title.
    names = [_names(row) for row in rows[:leading] if row and (len(row) > 1 or width == 1)]
    columns: list[tuple[int, ...]] = [(at,) for at in range(width)]
    if region is not None and country_code(region) == _NORTH_AMERICA:
        columns += [tuple(range(at, at + len(form))) for form in _DIVIDED for at in range(width - len(form) + 1)]
    scores = {numbers: _score(data, numbers, names, region) for numbers in columns}
    numbers = max(columns, key=lambda at: scores[at])
    _, valid, possible = scores[numbers]
    source = COLUMNS.index("source") if any(tuple(row) == COLUMNS for row in names) else None
    layout = Layout(delimiter, numbers, _reason(names, numbers, width), leading, source)
    return (valid, possible, width if possible else 0), layout


def _score(
    data: Sequence[Sequence[str]], columns: tuple[int, ...], names: Sequence[Sequence[str]], region: str | None
) -> tuple[bool, int, int]:
    """Whether the columns that hold a number are called so, how many of their numbers exist, and how many may."""
    found = [number for row in data if (number := number_in(row, columns, region=region))]
    is_named = any(at < len(row) and row[at] in _NUMBER_NAMES for row in names for at in columns[-1:])
    return bool(found) and is_named, sum(is_dialable(number) for number in found), len(found)


def _reason(names: Sequence[Sequence[str]], numbers: tuple[int, ...], width: int) -> int | None:
    """The column that is called so; without names, the one behind the number, or the other of two."""
    for row in names:
        for at, name in enumerate(row):
            if name in _REASON_NAMES:
                return at
    if names:
        return None
    if numbers[0] == 0:
        return numbers[-1] + 1
    return 0 if width == len(numbers) + 1 else None


def _names(row: Sequence[str]) -> list[str]:
    return [re.sub(r"[\s_-]+", "_", cell.lower()) for cell in row]


def _may_name_a_number(row: Sequence[str]) -> bool:
    """Whether a line is no title and no names of columns: one cell, or a few together, have the digits of a number."""
    if is_rounded(row) or any(len(_digits(cell)) >= _DIGITS_OF_A_NUMBER for cell in row):
        return True
    lengths = tuple(len(_digits(cell)) for cell in row)
    return any(lengths[at : at + len(form)] == form for form in _DIVIDED for at in range(len(lengths)))
