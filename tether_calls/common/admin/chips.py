"""The filters that are on, one by one: what each says, and the address of the list without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, QueryDict

from tether_calls.common.object_id import is_object_id

# What an address says of the page, and not of which rows.
NO_FILTERS = frozenset({PAGE_VAR, ORDER_VAR, ERROR_FLAG, IS_POPUP_VAR, TO_FIELD_VAR, "_facets", "all"})
# An address that asks for everything, where one that asks for nothing would open a view that somebody has saved.
EVERYTHING = f"?{SEARCH_VAR}="
_BOOLEANS = {"1": "yes", "True": "yes", "0": "no", "False": "no"}
_DATES = {"_from": "from", "_to": "to"}


@dataclass(frozen=True)
class Chip:
    name: str
    value: str
    without: str


def asked_in(query: QueryDict) -> QueryDict:
    """What an address says of the rows, without empty fields of a form and without pages."""
    asked = QueryDict(mutable=True)
    for name, values in query.lists():
        if given := [value for value in values if value]:
            asked.setlist(name, given)
    for name in NO_FILTERS:
        asked.pop(name, None)
    return asked


@dataclass(frozen=True)
class _Row:
    """A row whose name a chip says."""

    field: Any
    pk: str


def chips_of(changelist: Any, request: HttpRequest) -> list[Chip]:
    """One for each value. One statement for each table whose rows are named, however many of them."""
    query = asked_in(request.GET)
    given = [(parameter, value) for parameter, values in query.lists() for value in values]
    told = [_told(changelist, parameter, value) for parameter, value in given]
    names = _names_of(changelist, request, [said for _, said in told if isinstance(said, _Row)])
    return [
        Chip(name, names[said] if isinstance(said, _Row) else said, _without(query, parameter, value))
        for (name, said), (parameter, value) in zip(told, given, strict=True)
    ]


def _without(query: QueryDict, parameter: str, given: str) -> str:
    rest = query.copy()
    rest.setlist(parameter, [value for value in rest.getlist(parameter) if value != given])
    return f"?{rest.urlencode()}" if rest.urlencode() else EVERYTHING


def _told(changelist: Any, parameter: str, given: str) -> tuple[str, str | _Row]:
    if parameter == SEARCH_VAR:
        return "Search", given
    spec = next((spec for spec in changelist.filter_specs if parameter in spec.expected_parameters()), None)
    if spec is None:
        return _of_address(changelist, parameter, given)
    name = str(getattr(spec, "chip_name", spec.title))
    for ending, word in _DATES.items():
        if parameter.endswith(ending):
            return f"{name} {word}", given
    field = getattr(spec, "field", None)
    if isinstance(field, ForeignKey) and parameter.endswith("__exact"):
        return name, _Row(field, given)
    choices = getattr(spec, "chip_values", None) or _choices_of(spec, field)
    return name, choices.get(given, given)


def _choices_of(spec: Any, field: Any) -> Mapping[str, str]:
    if getattr(spec, "lookup_choices", None) and not hasattr(field, "flatchoices"):
        return {str(value): str(text) for value, text in spec.lookup_choices}
    flat = getattr(field, "flatchoices", None)
    return {str(value): str(text) for value, text in flat} if flat else _BOOLEANS


def _of_address(changelist: Any, parameter: str, given: str) -> tuple[str, str | _Row]:
    """What no filter offers, and an address asks for all the same."""
    column, _, lookup = parameter.partition("__")
    field = next((field for field in changelist.opts.get_fields() if field.name == column), None)
    if isinstance(field, ForeignKey) and lookup in ("", "exact", "id__exact", "pk", "id"):
        return str(field.verbose_name), _Row(field, given)
    return parameter.replace("__exact", "").replace("__", " ").replace("_", " "), given


def _names_of(changelist: Any, request: HttpRequest, wanted: Sequence[_Row]) -> dict[_Row, str]:
    """As the user may see them: nothing is told of a row of others."""
    ids: dict[type[Model], set[str]] = defaultdict(set)
    for row in wanted:
        ids[row.field.remote_field.model].add(row.pk)
    names: dict[type[Model], dict[str, str]] = {}
    for model, of_model in ids.items():
        try:
            related = changelist.model_admin.admin_site.get_model_admin(model)
        except NotRegistered:
            names[model] = {pk: pk for pk in of_model}
            continue
        found = [pk for pk in of_model if is_object_id(pk)]
        names[model] = {row.pk: str(row) for row in related.rows(request).filter(pk__in=found)} if found else {}
    return {row: names[row.field.remote_field.model].get(row.pk, "unknown") for row in wanted}
