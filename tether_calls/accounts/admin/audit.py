"""The audit log: who has changed what an organization has set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from tether_calls.accounts.admin.trail import TrailAdmin, UserIdFilter
from tether_calls.common.admin import ColumnFilter, MadeFilter
from tether_calls.common.admin.display import NOTHING, labelled, table
from tether_calls.common.object_id import is_object_id
from tether_calls.trails.models import Audited, AuditEntry

_COLOURS = {"Added": "success", "Changed": "info", "Deleted": "danger"}


def audited_models() -> Iterator[type[Audited]]:
    return (model for model in apps.get_models() if issubclass(model, Audited))


class ModelFilter(ColumnFilter):
    title = "what"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(
            ((model._meta.label_lower, _called(model)) for model in audited_models()),
            key=lambda each: each[1],
        )


@admin.register(AuditEntry)
class AuditAdmin(TrailAdmin):
    come_from = "Who changes what the organization has set leaves one."
    list_display = ("time", "did", "what", "name", "who", "address", "why")
    list_display_links = ("time",)
    rows_called = ("entry", "entries")
    list_filter = (ModelFilter, ("action", ChoicesDropdownFilter), UserIdFilter, ("at", MadeFilter))
    search_help_text = "Identifier of what was changed"
    identifiers = ("pk", "object_id")
    fieldsets = (
        (None, {"fields": (("time", "did"), ("what", "name"), ("who", "address"), "why", "object", "identifier")}),
        ("What is different", {"fields": ("differences",)}),
    )
    readonly_fields = (
        *("time", "did", "what", "name", "who", "address", "why", "object", "identifier", "differences"),
    )
    file_columns = ("action", "model", "object_id", "object_name", "before", "after")
    file_name = "audit-log"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        entry: AuditEntry | None = super().get_object(request, object_id, from_field)
        if entry is not None:
            entry.named = _names_in(request, entry)  # type: ignore[attr-defined]  # for `differences`
        return entry

    @admin.display(description="Identifier of it")
    def object(self, entry: AuditEntry) -> str:
        return entry.object_id or NOTHING

    @labelled("Did", _COLOURS)
    def did(self, entry: AuditEntry) -> str:
        return entry.get_action_display()

    @admin.display(description="What")
    def what(self, entry: AuditEntry) -> str:
        return capfirst(entry.called)

    @admin.display(description="Name")
    def name(self, entry: AuditEntry) -> str:
        model = _model_of(entry)
        if model is None or not model.audit_name:
            return entry.object_name or NOTHING
        return _text(model, model.audit_name, entry.object_name or None)

    @admin.display(description="")
    def differences(self, entry: AuditEntry) -> SafeString | str:
        """Each as the row's page calls it; what has no words there, as it was kept."""
        model = _model_of(entry)
        named: Mapping[str, Mapping[str, str]] = entry.named  # type: ignore[attr-defined]

        def shown(name: str, value: Any) -> str:
            known = named.get(name, {}).get(value) if isinstance(value, str) else None
            return known or _text(model, name, value)

        rows = [
            (
                _label(model, name),
                format_html("<del>{}</del>", shown(name, entry.before.get(name))),
                format_html("<ins>{}</ins>", shown(name, entry.after.get(name))),
            )
            for name in sorted({**entry.before, **entry.after})
        ]
        return table(("What", "Before", "After"), rows) if rows else NOTHING


def _model_of(entry: AuditEntry) -> type[Audited] | None:
    """None where it is none of today's."""
    return next((model for model in audited_models() if model._meta.label_lower == entry.model), None)


def _names_in(request: HttpRequest, entry: AuditEntry) -> dict[str, dict[str, str]]:
    """By column: what the rows are called that it names by their ids, as far as its reader may know of them.

    A statement for each column that names any; what is gone is known by its id.
    """
    model = _model_of(entry)
    names = {}
    for column in {**entry.before, **entry.after}:
        ids = {value for value in (entry.before.get(column), entry.after.get(column)) if isinstance(value, str)}
        page = _page_of_others(model, column)
        if page is not None and any(map(is_object_id, ids)):
            names[column] = page.names_of(request, ids)
    return names


def _page_of_others(model: type[Audited] | None, column: str) -> Any:
    """What the admin has of the rows that a column names by their ids; None where it is none such."""
    if model is None:
        return None
    others: Any = getattr(_field(model, column), "related_model", None)
    if others is None:
        known = getattr(admin.site._registry.get(model), "known_by_id", {})
        others = apps.get_model(known[column]) if column in known else None
    return admin.site._registry.get(others)


def _called(model: type[Audited]) -> str:
    return capfirst(str(model._meta.verbose_name))


def _field(model: type[Audited] | None, name: str) -> Any:
    with suppress(FieldDoesNotExist):
        return None if model is None else model._meta.get_field(name.partition("__")[0])
    return None


def _label(model: type[Audited] | None, name: str) -> str:
    field = _field(model, name)
    text = str(getattr(field, "verbose_name", name.replace("_", " ")))
    # A row of another table is known by its identifier.
    return capfirst(text.removesuffix(" id"))


def _text(model: type[Audited] | None, name: str, value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(dict(getattr(_field(model, name), "flatchoices", ())).get(value, value))
