"""Rows of other apps that a row knows by their ids alone: a page links to them by what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tether_calls.common.admin.display import NOTHING, link, page_at

# Where the names of a row's others are kept on it.
_NAMES = "_names_of_others"


class NamesOfOthers:
    """What the others of some rows are called, by model and id. One statement for each model, and only when asked."""

    def __init__(self, request: HttpRequest, columns: Mapping[str, str], rows: Sequence[Any]) -> None:
        self._request, self._columns, self._rows = request, columns, rows
        self._found: dict[str, Mapping[str, str]] = {}

    def of(self, column: str) -> Mapping[str, str]:
        model = self._columns[column]
        if model not in self._found:
            columns = [each for each, of_model in self._columns.items() if of_model == model]
            ids = {row_id for row in self._rows for each in columns if (row_id := getattr(row, each))}
            page: Any = admin.site.get_model_admin(apps.get_model(model))
            self._found[model] = page.names_of(self._request, ids)
        return self._found[model]


def know_others(request: HttpRequest, columns: Mapping[str, str], rows: Iterable[Any]) -> list[Any]:
    """The rows, each of which `link_by_id` then knows the others of; `columns`: which of which model, `calls.call`."""
    known = list(rows)
    names = NamesOfOthers(request, columns, known)
    for row in known:
        setattr(row, _NAMES, names)
    return known


def link_by_id(row: Any, column: str, model: str) -> SafeString | str:
    """To the page of the row whose id is in the column, as far as its reader may know of it."""
    row_id = getattr(row, column)
    if not row_id:
        return NOTHING
    name = getattr(row, _NAMES).of(column).get(row_id)
    if name is None:
        # Gone, or of those that one does not see, which is told in the same words.
        return format_html('<span title="{}">not there any more</span>', row_id)
    return link(page_at(model, row_id), name)
