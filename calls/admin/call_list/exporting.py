"""The calls that the list shows, all of them, as a file; above the list is told how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from calls.models import Export, ExportFormat, ExportKind, ExportStatus
from calls.services.exports.request_export import request_export
from tether_calls.accounts.roles import may_export
from tether_calls.common.admin import TetherAdmin, refuse_nul
from tether_calls.common.admin.chips import EVERYTHING, asked_in
from tether_calls.common.admin.display import list_at, page_of
from tether_calls.common.errors import ErrorCode, TetherError, message_of

# One that is over is told of for so long, and no more than these.
_TOLD_FOR = timedelta(minutes=10)
_TOLD_MOST = 3


class ExportFromList(TetherAdmin):
    """For users who may export, the list costs one statement more."""

    def get_urls(self) -> list[URLPattern]:
        ask = self.admin_site.admin_view(require_POST(self.export_view))
        progress = self.admin_site.admin_view(require_GET(self.export_progress_view))
        return [
            path("export/", ask, name="calls_call_export"),
            path("export/progress/", progress, name="calls_call_export_progress"),
            *super().get_urls(),
        ]

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        user: Any = request.user
        if not may_export(user):
            return context
        asked = asked_in(request.GET).urlencode()
        return {
            **context,
            "export_address": reverse("admin:calls_call_export") + (f"?{asked}" if asked else ""),
            "export_formats": ExportFormat.choices,
            "exports": [_told(export) for export in self._exports(request)],
            "progress_address": reverse("admin:calls_call_export_progress"),
        }

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Have all calls that the list of this address shows made a file."""
        refuse_nul(request)
        user: Any = request.user
        try:
            self._request(request, user)
        except TetherError as error:
            if error.code is ErrorCode.REASON_REQUIRED:
                raise
            messages.error(request, f"{error.message}.")
        asked = asked_in(request.GET).urlencode()
        return HttpResponseRedirect(list_at("calls.call", asked) if asked else f"{list_at('calls.call')}{EVERYTHING}")

    def export_progress_view(self, request: HttpRequest) -> HttpResponseBase:
        return JsonResponse({"exports": [_told(export) for export in self._exports(request)]})

    def _request(self, request: HttpRequest, user: Any) -> None:
        organization_id = self.scope_of(request)
        if organization_id is None:
            raise TetherError.of_field("", "Choose an organization: a file has the calls of one")
        changelist = self.get_changelist_instance(request)
        if changelist.wanted is None or changelist.is_asked_otherwise:
            raise TetherError.of_field("", "No file can be made of a list that is filtered by its address only")
        file_format = request.POST.get("format", "")
        if file_format not in ExportFormat.values:
            raise TetherError.of_field("", "A file is CSV or JSON lines")
        request_export(
            user=user,
            kind=ExportKind.CALLS,
            file_format=file_format,
            wanted=changelist.wanted,
            columns=None,
            with_transcript=bool(request.POST.get("with_transcript")),
            time_zone=timezone.get_current_timezone_name(),
            organization_id=organization_id,
        )

    def _exports(self, request: HttpRequest) -> Sequence[Export]:
        """The user's newest ones of calls: under way, or over since a short while."""
        exports: Any = admin.site.get_model_admin(Export)
        user: Any = request.user
        since = timezone.now() - _TOLD_FOR
        mine = exports.rows(request).filter(kind=ExportKind.CALLS, user_id=user.pk, expires_at__gt=timezone.now())
        newest: list[Export] = list(mine.order_by("-id")[:_TOLD_MOST])
        return [export for export in newest if export.finished_at is None or export.finished_at > since]


def _told(export: Export) -> dict[str, Any]:
    """As the list shows it, and its script reads it."""
    is_over = export.status in (ExportStatus.READY, ExportStatus.FAILED)
    return {
        "id": export.pk,
        "status": export.status,
        "isOver": is_over,
        "rows": export.rows,
        "total": export.total,
        "says": _words(export),
        "page": page_of(export),
        "file": reverse("admin:calls_export_download", args=[export.pk]) if export.status == ExportStatus.READY else "",
    }


def _words(export: Export) -> str:
    what = f"Calls as {export.get_format_display()}"
    match export.status:
        case ExportStatus.READY:
            return f"{what}: {export.rows:,} rows are ready"
        case ExportStatus.FAILED:
            return f"{what}: {message_of(export.error) if export.error else 'failed'}"
        case ExportStatus.QUEUED:
            return f"{what}: waits for its turn"
        case _:
            return f"{what}: {export.rows:,}{'' if export.total is None else f' of {export.total:,}'} rows"
