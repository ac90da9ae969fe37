"""Consents as a CSV file: one in each line, columns found by their names; written so that they can be read again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from django.db.models import TextChoices

from contacts.do_not_call_csv.entries import CsvFault
from contacts.do_not_call_csv.layout import is_rounded, number_in, split
from contacts.do_not_call_csv.lines import NotALine, text_of
from contacts.models import CallPurpose, Consent, ConsentBasis
from tether_calls.common.csv_cells import csv_line, guarded, text_cell, unguarded
from tether_calls.common.times import from_wire

COLUMNS: Final = ("phone_number", "basis", "purpose", "obtained_at", "expires_at", "revoked_at", "evidence")
# Bytes: evidence is long, and its letters have up to four.
LINE_MAX: Final = 16_384

_NEEDED: Final = COLUMNS[:4]
_NAMES: Final = {name.replace("_", ""): name for name in COLUMNS}
_DELIMITERS: Final = (",", ";", "\t", "|")
_SEPARATOR_LINE: Final = re.compile(r'"?sep=.', re.IGNORECASE)
# Lines in which the names of the columns are looked for.
_HEAD: Final = 5

_TOO_LONG = f"Longer than {LINE_MAX} bytes"
_QUOTES = "The quotes do not match; a cell goes on in the next line, perhaps"
_NO_NUMBER = "Not a telephone number with its country code"
_ROUNDED = "A spreadsheet has rounded the number (such as 1.41656E+10): format its column as text and save it again"
_NO_MOMENT = "{} is no date or time in ISO 8601, such as 2026-05-01 or 2026-05-01T15:00:00Z"
_NO_CHOICE = "{} is none of {}"
_LONG_EVIDENCE = f"evidence is longer than {Consent.EVIDENCE_MAX} characters"

_ChoiceT = TypeVar("_ChoiceT", bound=TextChoices)


@dataclass(frozen=True, kw_only=True)
class CsvConsent:
    """A line; `phone_number` in E.164, times in UTC. `revoked_at`: it was taken back."""

    line: int
    phone_number: str
    basis: ConsentBasis
    purpose: CallPurpose
    obtained_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    evidence: str


class _BadCell(ValueError):
    """The message is a sentence that does not repeat what the cell says."""


def read_consents(lines: Iterable[bytes]) -> Iterator[CsvConsent | CsvFault]:
    """The consents of a file's lines, in UTF-8 or Windows-1252; of a line that is none, why.

    The columns come in any order, and others beside them; times without an offset are UTC, dates their first moment.
    Raises NotALine for a file that does not name the columns that are needed.
    """
    numbered = enumerate(lines, start=1)
    delimiter, columns = _head(numbered)
    for line, raw in numbered:
        if len(raw) > LINE_MAX:
            yield CsvFault(line, _TOO_LONG)
            continue
        cells = split(text_of(raw), delimiter)
        if cells is None:
            yield CsvFault(line, _QUOTES)
        elif cells:
            yield _consent(line, cells, columns)


def _head(numbered: Iterator[tuple[int, bytes]]) -> tuple[str, dict[str, int]]:
    """The delimiter, and where each column is. Behind it come the consents."""
    for line, raw in numbered:
        text = text_of(raw)
        if text.strip() and _SEPARATOR_LINE.match(text.strip()) is None:
            found = max(((_columns(text, each), each) for each in _DELIMITERS), key=lambda pair: len(pair[0]))
            if set(_NEEDED) <= found[0].keys():
                return found[1], found[0]
        if line >= _HEAD:
            break
    raise NotALine(f"The first line is to name the columns, of which these are needed: {', '.join(_NEEDED)}")


def _columns(text: str, delimiter: str) -> dict[str, int]:
    cells = split(text, delimiter) or []
    names = [_NAMES.get(re.sub(r"[\W_]+", "", cell).lower()) for cell in cells]
    return {name: at for at, name in reversed(list(enumerate(names))) if name is not None}


def _consent(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> CsvConsent | CsvFault:
    values = {name: unguarded(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
    number = number_in([values["phone_number"]], (0,), region=None)
    if number is None:
        return CsvFault(line, _ROUNDED if is_rounded([values["phone_number"]]) else _NO_NUMBER)
    if len(values.get("evidence", "")) > Consent.EVIDENCE_MAX:
        return CsvFault(line, _LONG_EVIDENCE)
    try:
        return CsvConsent(
            line=line,
            phone_number=number,
            basis=_choice(ConsentBasis, "basis", values["basis"]),
            purpose=_choice(CallPurpose, "purpose", values["purpose"]),
            obtained_at=_moment("obtained_at", values["obtained_at"]),
            expires_at=_moment_or_none("expires_at", values),
            revoked_at=_moment_or_none("revoked_at", values),
            evidence=values.get("evidence", ""),
        )
    except _BadCell as fault:
        return CsvFault(line, str(fault))


def _choice(choices: type[_ChoiceT], name: str, cell: str) -> _ChoiceT:
    """By its word, or by what people see of it."""
    for choice in choices:
        if cell.lower() in (choice.value, str(choice.label).lower()):
            return choice
    raise _BadCell(_NO_CHOICE.format(name, ", ".join(choices.values)))


def _moment_or_none(name: str, values: Mapping[str, str]) -> datetime | None:
    return _moment(name, values[name]) if values.get(name) else None


def _moment(name: str, cell: str) -> datetime:
    try:
        return from_wire(cell)
    except ValueError:
        raise _BadCell(_NO_MOMENT.format(name)) from None


def written_consents(consents: Iterable[Consent]) -> Iterator[str]:
    """A CSV file with header; `read_consents` gives back the same."""
    yield csv_line(COLUMNS)
    for consent in consents:
        yield csv_line(
            (
                text_cell(consent.phone_number),
                consent.basis,
                consent.purpose,
                _written(consent.obtained_at),
                _written(consent.expires_at),
                _written(consent.revoked_at),
                guarded(consent.evidence),
            )
        )


def _written(moment: datetime | None) -> str:
    """To the microsecond: by its moment a consent is known again."""
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
