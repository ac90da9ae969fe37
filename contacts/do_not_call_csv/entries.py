"""The entries of a Do Not Call list: read from the lines of a file, and written as the lines of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from contacts.do_not_call_csv.layout import COLUMNS, SAMPLE, Layout, find_layout, is_rounded, number_in, split
from contacts.do_not_call_csv.lines import LINE_MAX, text_of
from tether_calls.common.csv_cells import csv_line, guarded, text_cell, unguarded

# A reason may go on over so many lines, as long as none of them could be a number.
_MOST_LINES = 10
_NUMBER_LIKE = re.compile(r"(?:[0-9][^0-9]{0,3}){7}")

_TOO_LONG = f"Longer than {LINE_MAX} bytes"
_QUOTES = "The quotes do not match"
_ROUNDED = "A spreadsheet has rounded the number (such as 1.41656E+10): format its column as text and save it again"
_NO_NUMBER = "Not a telephone number"
_NO_COUNTRY = "Not a telephone number with its country code"


@dataclass(frozen=True)
class CsvEntry:
    """`phone_number` in E.164; `source` as a file of our own says it, else empty."""

    line: int
    phone_number: str
    reason: str
    source: str = ""


@dataclass(frozen=True)
class CsvFault:
    """A line (counted from 1) that names no number, and a sentence that does not repeat what it says."""

    line: int
    message: str


def read_entries(lines: Iterable[bytes], *, region: str | None) -> Iterator[CsvEntry | CsvFault]:
    """The entries of a file's lines, in UTF-8 or Windows-1252, with or without names of the columns, in any order.

    `region` is the country (`CA`) of numbers that are written without its code; where that is in North America, area
    code and number may be in columns of their own. A quotation mark which is never closed hides no other line's number.
    """
    following = iter(lines)
    sample = list(islice(following, SAMPLE))
    layout = find_layout([text_of(line) if len(line) <= LINE_MAX else "" for line in sample], region=region)
    for line, raw in _whole_lines(chain(sample, following), layout):
        if isinstance(raw, CsvFault):
            yield raw
        elif line > layout.leading and (cells := split(raw, layout.delimiter)) != []:
            yield _entry(line, cells, layout, region)


def _whole_lines(lines: Iterable[bytes], layout: Layout) -> Iterator[tuple[int, str | CsvFault]]:
    """Each line with its number (counted from 1), joined with those over which a quoted reason goes on."""
    numbered = enumerate(lines, start=1)
    waiting: list[tuple[int, bytes]] = []
    while line_and_raw := waiting.pop(0) if waiting else next(numbered, None):
        line, raw = line_and_raw
        if len(raw) > LINE_MAX:
            yield line, CsvFault(line, _TOO_LONG)
            continue
        text = text_of(raw)
        if '"' in text and split(text, layout.delimiter) is None:
            waiting += islice(numbered, _MOST_LINES - len(waiting))
            count, text = _joined(text, [text_of(further) for _, further in waiting], layout)
            del waiting[:count]
        yield line, text


def _joined(text: str, following: Sequence[str], layout: Layout) -> tuple[int, str]:
    """How many of the following lines belong to a cell that the text leaves open, and the text with them."""
    whole = text
    for count, further in enumerate(following, start=1):
        if _NUMBER_LIKE.search(further) or len(whole) > LINE_MAX:
            break
        whole = f"{whole}\n{further}"
        if split(whole, layout.delimiter) is not None:
            return count, whole
    return 0, text


def _entry(line: int, cells: list[str] | None, layout: Layout, region: str | None) -> CsvEntry | CsvFault:
    if cells is None:
        return CsvFault(line, _QUOTES)
    number = number_in([unguarded(cell) for cell in cells], layout.numbers, region=region)
    if number is not None:
        reason, source = (unguarded(_cell(cells, at)) for at in (layout.reason, layout.source))
        return CsvEntry(line, number, reason, source)
    if is_rounded(cells):
        return CsvFault(line, _ROUNDED)
    return CsvFault(line, _NO_NUMBER if region else _NO_COUNTRY)


def written_lines(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """A CSV file with header for rows of number, reason and source; `read_entries` gives back the same."""
    yield csv_line(COLUMNS)
    for number, reason, source in rows:
        yield csv_line((text_cell(number), guarded(reason), source))


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at] if at is not None and at < len(cells) else ""
