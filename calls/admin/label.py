"""Tags and dispositions: the words that an organization has for its calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminColorInputWidget

from calls.models import Disposition, DispositionKind, Tag
from calls.services.review.labels import create_label, delete_label, may_label, update_label
from tether_calls.common.admin import StaffWho, TetherAdmin
from tether_calls.common.admin.display import coloured, labelled, link, list_at

KIND_COLOURS: Mapping[str, str] = {
    DispositionKind.POSITIVE: "success",
    DispositionKind.NEUTRAL: "",
    DispositionKind.NEGATIVE: "danger",
    DispositionKind.CALLBACK: "warning",
}


class LabelAdmin(TetherAdmin):
    come_from = "Administrators add them."
    who_adds = who_changes = who_deletes = StaffWho(may_label)

    # The parameter that the list of calls is filtered by.
    calls_by: ClassVar[str]

    ordering = ("key",)
    list_select_related = ("organization",)
    list_filter = ("is_archived",)
    search_fields = ("name",)
    search_help_text = "Name"
    readonly_fields = ("calls",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        user: Any = request.user
        values: Any = {name: form.cleaned_data[name] for name in form.changed_data if name != "organization"}
        if change:
            update_label(self.model, user=user, organization_id=obj.organization_id, label_id=obj.pk, changes=values)
        else:
            label = create_label(self.model, user=user, organization_id=obj.organization_id, values=values)
            obj.pk, obj._state.adding = label.pk, False

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Without the calls that they are taken off, which may be hundreds of thousands."""
        names = [f"{label}, which is taken off every call that has it" for label in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        user: Any = request.user
        delete_label(self.model, user=user, organization_id=obj.organization_id, label_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for label in queryset:
            self.delete_model(request, label)

    @admin.display(description="Calls")
    def calls(self, label: Tag | Disposition) -> SafeString | None:
        if label._state.adding:
            return None
        return link(list_at("calls.call", f"{self.calls_by}={label.pk}"), "Calls with it")


@admin.register(Tag)
class TagAdmin(LabelAdmin):
    calls_by = "tag_rows__tag__id__exact"
    list_display = ("name", "shown_color", "is_archived")
    fieldsets = ((None, {"fields": ("name", "color", "is_archived", "calls")}),)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "color":
            kwargs["widget"] = UnfoldAdminColorInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Color")
    def shown_color(self, tag: Tag) -> SafeString:
        return coloured(tag.color, tag.color)


@admin.register(Disposition)
class DispositionAdmin(LabelAdmin):
    calls_by = "disposition__id__exact"
    list_display = ("name", "shown_kind", "is_archived")
    fieldsets = ((None, {"fields": ("name", "kind", "is_archived", "calls")}),)

    @labelled("Kind", KIND_COLOURS)
    def shown_kind(self, disposition: Disposition) -> tuple[str, str]:
        return disposition.kind, disposition.get_kind_display()
