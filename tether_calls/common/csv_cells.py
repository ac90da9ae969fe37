"""CSV for spreadsheets: rows as lines, and no cell that one would take for something to calculate."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from tether_calls.common.phone import is_e164

# In front of a file, it has spreadsheets read UTF-8.
BOM = "\ufeff"

# Where a spreadsheet begins to calculate: at the start of a cell, which elsewhere in the world a semicolon separates.
_FORMULA = re.compile(r"(^|[,;\"])(\s*)('*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_GUARDED = re.compile(r"(^|[,;\"])(\s*)'('*[=+\-@\uff1d\uff0b\uff0d\uff20])")


class _Echo:
    """What csv.writer writes to: each line comes back from `writerow`."""

    def write(self, line: str) -> str:
        return line


_writer = csv.writer(_Echo())


def csv_line(cells: Iterable[str]) -> str:
    """The cells as they are, with the end of the line."""
    line: str = _writer.writerow(cells)
    return line


def text_cell(text: str) -> str:
    """What anybody may have typed, as a cell that is text."""
    # A plus and digits alone calculate nothing, and other programs want them as they are.
    return text if is_e164(text) else guarded(text)


def guarded(text: str) -> str:
    """With an apostrophe before what a spreadsheet would calculate."""
    return _FORMULA.sub(r"\1\2'\3", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return _GUARDED.sub(r"\1\2\3", text)
