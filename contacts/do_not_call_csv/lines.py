"""The lines of a list as people save it: in the encodings and with the line ends of spreadsheets."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

# Bytes; a line that is longer is no number with a reason, and no more of it is held.
LINE_MAX = 4_096

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
# Excel's workbooks, new and old, and archives: their bytes are no lines.
_NOT_TEXT = {
    b"PK\x03\x04": "a workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF document",
}
# Bytes at the start that show the encoding.
_START = 256
_ENDS = re.compile(rb"\r\n|\r|\n")


class NotALine(ValueError):
    """The file is no text; the message is one sentence that says what it is instead."""


def lines_of(pieces: Iterable[bytes], *, longest: int = LINE_MAX) -> Iterator[bytes]:
    """The lines of a file, without their ends, from its bytes in pieces of any size.

    UTF-16 and UTF-32 become UTF-8; in all other encodings a line keeps its bytes. Of a line that is longer than
    `longest` no more is given than shows it. Raises NotALine.
    """
    held = b""
    for piece in _as_bytes_of_characters(iter(pieces)):
        held += piece
        # What may be the first half of a line's end waits for the second.
        complete, held = (held[:-1], held[-1:]) if held.endswith(b"\r") else (held, b"")
        *lines, rest = _ENDS.split(complete)
        yield from lines
        held = rest[: longest + 1] + held
    if held:
        yield from _ENDS.split(held.removesuffix(b"\r"))


def text_of(line: bytes) -> str:
    """What a line says: UTF-8, else Windows-1252, which is what spreadsheets of Western Europe write."""
    raw = line.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode().strip("\r\n\0")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace").strip("\r\n\0")


def _as_bytes_of_characters(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces in an encoding whose line ends are single bytes."""
    first = b""
    while len(first) < _START and (piece := next(pieces, b"")):
        first += piece
    for magic, name in _NOT_TEXT.items():
        if first.startswith(magic):
            raise NotALine(f"The file is {name}: save the list as CSV")
    mark, encoding = next(((mark, name) for mark, name in _MARKS if first.startswith(mark)), (b"", _unmarked(first)))
    first = first[len(mark) :]
    if encoding == "utf-8":
        yield first
        yield from pieces
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first).encode()
    for piece in pieces:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()


def _unmarked(start: bytes) -> str:
    """The encoding of a file without a mark: in UTF-16 every other byte of digits and Latin letters is zero."""
    head = start[:_START]
    low, high = head[0::2], head[1::2]
    if len(head) >= 4 and high.count(0) > len(high) // 2 and not low.count(0):
        return "utf-16-le"
    if len(head) >= 4 and low.count(0) > len(low) // 2 and not high.count(0):
        return "utf-16-be"
    return "utf-8"
