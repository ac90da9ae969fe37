"""The audit log: who has changed what an organization has set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from tether_calls.accounts.admin.trail import TrailAdmin, UserIdFilter
from tether_calls.common.admin import ColumnFilter, MadeFilter
from tether_calls.common.admin.display import NOTHING, labelled
from tether_calls.trails.models import Audited, AuditEntry

_COLOURS = {"Added": "success", "Changed": "info", "Deleted": "danger"}


def audited_models() -> Iterator[type[Audited]]:
    return (model for model in apps.get_models() if issubclass(model, Audited))


class ModelFilter(ColumnFilter):
    title = "what"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(
            ((model._meta.label_lower, str(model._meta.verbose_name).capitalize()) for model in audited_models()),
            key=lambda each: each[1],
        )


@admin.register(AuditEntry)
class AuditAdmin(TrailAdmin):
    list_display = ("time", "did", "what", "object_name", "who", "address")
    list_display_links = ("time",)
    list_filter = (ModelFilter, ("action", ChoicesDropdownFilter), UserIdFilter, ("at", MadeFilter))
    search_help_text = "Identifier of what was changed"
    identifiers = ("pk", "object_id")
    fieldsets = (
        (None, {"fields": (("time", "did"), ("what", "object_name"), ("who", "address"), "object_id", "id")}),
        ("What is different", {"fields": ("differences",)}),
    )
    readonly_fields = (*("time", "did", "what", "object_name", "who", "address", "object_id", "id", "differences"),)
    file_columns = ("action", "model", "object_id", "object_name", "before", "after")
    file_name = "audit-log"

    @labelled("Did", _COLOURS)
    def did(self, entry: AuditEntry) -> str:
        return entry.get_action_display()

    @admin.display(description="What")
    def what(self, entry: AuditEntry) -> str:
        try:
            return str(apps.get_model(entry.model)._meta.verbose_name).capitalize()
        except LookupError:
            return entry.model

    @admin.display(description="")
    def differences(self, entry: AuditEntry) -> SafeString | str:
        names = sorted({**entry.before, **entry.after})
        rows = [(name, _text(entry.before.get(name)), _text(entry.after.get(name))) for name in names]
        return format_html_join("", "<div><b>{}</b>: <del>{}</del> → <ins>{}</ins></div>", rows) or NOTHING


def _text(value: Any) -> str:
    return value if isinstance(value, str) else NOTHING if value is None else json.dumps(value, ensure_ascii=False)
