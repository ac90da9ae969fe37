"""The Do Not Call list as a CSV file: what is read of anybody's, and what is written for anybody's spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tether_calls.common.phone import canonical, is_e164

COLUMNS = ("phone_number", "reason")

# Bytes; a line that is longer is no number with a reason.
_LINE_MAX = 4_096
_TOO_LONG = f"Longer than {_LINE_MAX} bytes"
_QUOTES = "The quotes do not match; a reason has to be within its line"
_NO_NUMBER = "Not a telephone number"
_NO_COUNTRY = "Not a telephone number with its country code"
# Where a spreadsheet begins to calculate: at the start of a cell, which elsewhere in the world a semicolon separates.
_FORMULA = re.compile(r"(^|[,;\"])(\s*)('*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_GUARDED = re.compile(r"(^|[,;\"])(\s*)'('*[=+\-@\uff1d\uff0b\uff0d\uff20])")


@dataclass(frozen=True)
class CsvEntry:
    """`phone_number` in E.164."""

    line: int
    phone_number: str
    reason: str


@dataclass(frozen=True)
class CsvFault:
    """A line (counted from 1) that names no number, and a sentence that does not repeat what it says."""

    line: int
    message: str


class _Echo:
    """What csv.writer writes to: each line comes back from `writerow`."""

    def write(self, line: str) -> str:
        return line


def read_entries(lines: Iterable[bytes], *, region: str | None) -> Iterator[CsvEntry | CsvFault]:
    """The entries of a file, in UTF-8; the first line may name the columns, else they are in the order of COLUMNS.

    `region` is the country (`CA`) of numbers that are written without its code. Lines are read one by one, so that a
    quotation mark which is never closed hides no other line's number.
    """
    number_at: int = 0
    reason_at: int | None = 1
    is_first = True
    for line, raw in enumerate(lines, start=1):
        if len(raw) > _LINE_MAX:
            yield CsvFault(line, _TOO_LONG)
            continue
        cells = _cells(raw)
        if cells == []:
            continue
        if is_first and cells is not None and (header := _header(cells)) is not None:
            (number_at, reason_at), is_first = header, False
            continue
        is_first = False
        if cells is None:
            yield CsvFault(line, _QUOTES)
            continue
        number = canonical(_unguarded(_cell(cells, number_at)), region=region)
        if number is None:
            yield CsvFault(line, _NO_NUMBER if region else _NO_COUNTRY)
        else:
            yield CsvEntry(line, number, _unguarded(_cell(cells, reason_at)))


def written_lines(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A CSV file with header for rows of number and reason; `read_entries` gives back the same."""
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for number, reason in rows:
        # A plus and digits alone calculate nothing, and other programs want them as they are.
        cells = (number if is_e164(number) else _guarded(number), _guarded(reason))
        yield writer.writerow(cells)


def _cells(raw: bytes) -> list[str] | None:
    """Empty for an empty line, None for one that cannot be taken apart."""
    text = raw.decode("utf-8-sig", "replace").strip("\r\n\0")
    try:
        cells = next(csv.reader([text], strict=True), [])
    except csv.Error:
        return None
    return cells if any(cell.strip() for cell in cells) else []


def _header(cells: Sequence[str]) -> tuple[int, int | None] | None:
    names = [re.sub(r"[\s_-]+", "_", cell.strip().lower()) for cell in cells]
    if "phone_number" not in names:
        return None
    return names.index("phone_number"), names.index("reason") if "reason" in names else None


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _guarded(text: str) -> str:
    """With an apostrophe before whatever a spreadsheet would calculate."""
    return _FORMULA.sub(r"\1\2'\3", text)


def _unguarded(text: str) -> str:
    return _GUARDED.sub(r"\1\2\3", text)
