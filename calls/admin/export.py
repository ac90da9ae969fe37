"""Exports that users have asked for: how far they are, and the files of those that are ready."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.documents.handed_out import file_of
from calls.models import Export, ExportKind, ExportStatus
from calls.services.exports.discard import export_files
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.roles import may_export
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, json_block, labelled, link, link_to, moment
from tether_calls.common.errors import message_of


@admin.register(Export)
class ExportAdmin(TetherAdmin):
    who_views = StaffWho(may_export)
    come_from = "Export, above the list of calls, makes one."
    list_display = ("at", "what", "format", "state", "progress", "bytes", "asked_by")
    list_select_related = ("organization", "user")
    page_select_related = ("organization", "user")
    not_asked_by_address = frozenset({"carry"})
    list_filter = (("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter), ("created_at", MadeFilter))
    fieldsets = (
        (None, {"fields": ("at", ("what", "format"), ("state", "reason"), "download")}),
        ("What was asked for", {"fields": ("conditions", "shown", "time_zone", "asked_by")}),
        ("The file", {"fields": (("progress", "bytes"), ("finished", "expires"), "identifier")}),
    )
    readonly_fields = (
        *("at", "what", "format", "state", "reason", "download", "conditions", "shown", "time_zone", "asked_by"),
        *("progress", "bytes", "finished", "expires", "identifier"),
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """Files of the wallet for those alone who may ask for them; who does not see all calls has their own files."""
        rows = super().rows(request).defer("checkpoint", "carry")
        user: Any = request.user
        if not sees_all_calls(user):
            rows = rows.filter(user=user)
        return rows if may_export(user, wallet=True) else rows.exclude(kind=ExportKind.WALLET)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_view)
        return [path("<path:object_id>/download/", view, name="calls_export_download"), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """To the file, by an address that works for ten minutes from now."""
        export: Export | None = self.get_object(request, object_id)
        if export is None or not self.has_view_permission(request, export) or not _is_there(export):
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        user: Any = request.user
        note_access_in(request, file_of(export, to=user.pk), organization_id=export.organization_id)
        return HttpResponseRedirect(export_files().url(export.file))

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Asked for")
    def at(self, export: Export) -> str:
        return moment(export.created_at, with_seconds=True)

    @admin.display(description="What")
    def what(self, export: Export) -> str:
        return export.get_kind_display()

    @labelled("Status", {"Queued": "info", "Running": "warning", "Ready": "success", "Failed": "danger"})
    def state(self, export: Export) -> str:
        return export.get_status_display()

    @admin.display(description="Rows")
    def progress(self, export: Export) -> str:
        if export.status == ExportStatus.READY or export.total is None:
            return f"{export.rows:,}"
        return f"{export.rows:,} of {export.total:,}"

    @admin.display(description="Size")
    def bytes(self, export: Export) -> str:
        return NOTHING if export.size is None else filesizeformat(export.size)

    @admin.display(description="By")
    def asked_by(self, export: Export) -> SafeString | str:
        return link_to(export.user)

    # ---- Its page ----------------------------------------------------------------------------------------------

    @admin.display(description="File")
    def download(self, export: Export) -> SafeString | str:
        if not _is_there(export):
            return NOTHING
        return link(reverse("admin:calls_export_download", args=[export.pk]), "Download")

    @admin.display(description="Why")
    def reason(self, export: Export) -> str:
        return message_of(export.error) if export.error else NOTHING

    @admin.display(description="Filter")
    def conditions(self, export: Export) -> SafeString | str:
        return json_block(export.filter) if export.filter else "All rows"

    @admin.display(description="Columns")
    def shown(self, export: Export) -> str:
        return ", ".join(export.columns)

    @admin.display(description="Finished")
    def finished(self, export: Export) -> str:
        return moment(export.finished_at, with_seconds=True)

    @admin.display(description="Deleted")
    def expires(self, export: Export) -> str:
        return moment(export.expires_at)


def _is_there(export: Export) -> bool:
    return export.status == ExportStatus.READY and export.expires_at > timezone.now()
