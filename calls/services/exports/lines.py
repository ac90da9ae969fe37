"""The lines of an export: rows as CSV for spreadsheets, or as JSON, one object a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from calls.documents.call import transcript_text
from calls.documents.facts import CallFacts
from calls.models import Export, ExportFormat
from calls.selectors.exports.columns import TRANSCRIPT, Value
from calls.selectors.exports.sources import SOURCES
from tether_calls.common.csv_cells import BOM, csv_line, text_cell
from tether_calls.common.money import money_text
from tether_calls.common.renderers import to_json
from tether_calls.common.times import zone_named


class Lines:
    """How the rows of one export are written."""

    def __init__(self, export: Export) -> None:
        self._columns = export.columns
        self._zone: tzinfo = zone_named(export.time_zone) or UTC
        self._is_csv = export.format == ExportFormat.CSV
        known = {**SOURCES[export.kind].columns, TRANSCRIPT: _transcript_of}
        self._values: list[Callable[[Any], Value]] = [known[column] for column in export.columns]

    @property
    def head(self) -> bytes:
        return (BOM + csv_line(self._columns)).encode() if self._is_csv else b""

    def line(self, row: Any) -> bytes:
        if self._is_csv:
            cells = (self._cell(value_of(row)) for value_of in self._values)
            # Half of a surrogate pair, which UTF-8 cannot say, becomes a question mark.
            return csv_line(cells).encode("utf-8", "replace")
        values = zip(self._columns, (value_of(row) for value_of in self._values), strict=True)
        return to_json({name: self._json(value) for name, value in values if value not in (None, "")}) + b"\n"

    def _cell(self, value: Value) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return text_cell(value)
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, list):
            is_words = all(isinstance(item, str) for item in value)
            return text_cell(", ".join(value) if is_words else transcript_text(value))
        if isinstance(value, dict):
            return text_cell(json.dumps(value, ensure_ascii=False))
        # Numbers, negative ones too, are for calculating with.
        return str(_number(value))

    def _json(self, value: Value) -> Any:
        if isinstance(value, datetime):
            return self._moment(value)
        return _number(value) if isinstance(value, float | Decimal) else value

    def _moment(self, at: datetime) -> str:
        """By the clock of the zone, with what it is off UTC: an hour that comes twice is two hours."""
        return at.astimezone(self._zone).isoformat(timespec="milliseconds")


def _transcript_of(call: CallFacts) -> Value:
    return call.ai_transcript or None


def _number(value: float | Decimal) -> int | float | str:
    """Money as the API writes it, and no fraction that says nothing."""
    if isinstance(value, Decimal):
        return money_text(value)
    return int(value) if value == int(value) else value
