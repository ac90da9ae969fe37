"""The access log: who has heard and read what was said, who has done so most, and all of it as a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from tether_calls.accounts.admin.trail import TrailAdmin, UserIdFilter
from tether_calls.common.admin import MadeFilter
from tether_calls.common.admin.display import NOTHING
from tether_calls.trails.models import AccessEntry
from tether_calls.trails.selectors.trail import who_listened_most

# Over which time is counted who listened most.
_DAYS = 30


@admin.register(AccessEntry)
class AccessAdmin(TrailAdmin):
    come_from = "Who hears a recording or reads a transcript leaves one."
    list_display = ("time", "what", "who", "call", "address", "why")
    list_display_links = ("time",)
    list_filter = (("kind", ChoicesDropdownFilter), UserIdFilter, ("at", MadeFilter))
    search_help_text = "Identifier of a call or a recording"
    identifiers = ("pk", "call_id", "recording_id")
    rows_called = ("entry", "entries")
    known_by_id: ClassVar = {**TrailAdmin.known_by_id, "call_id": "calls.call", "export_id": "calls.export"}
    fieldsets = (
        (None, {"fields": (("time", "what"), ("who", "address"), "why")}),
        ("What it was", {"fields": ("call", "recording", "export", "identifier")}),
    )
    readonly_fields = ("time", "what", "who", "address", "why", "call", "recording", "export", "identifier")
    change_list_template = "admin/trails/accessentry/change_list.html"
    file_columns = ("kind", "call_id", "recording_id", "export_id")
    file_name = "access-log"

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        """One statement more, of an organization."""
        context, scope = super().list_context(request, changelist), self.scope_of(request)
        if scope is None:
            return context
        since = timezone.now() - timedelta(days=_DAYS)
        return {
            **context,
            "listeners": who_listened_most(organization_id=scope, since=since),
            "listeners_days": _DAYS,
        }

    @admin.display(description="What")
    def what(self, entry: AccessEntry) -> str:
        return entry.get_kind_display()

    @admin.display(description="Call")
    def call(self, entry: AccessEntry) -> SafeString | str:
        return self.link_by_id(entry, "call_id")

    @admin.display(description="Recording")
    def recording(self, entry: AccessEntry) -> str:
        return entry.recording_id or NOTHING

    @admin.display(description="Export")
    def export(self, entry: AccessEntry) -> SafeString | str:
        return self.link_by_id(entry, "export_id")
