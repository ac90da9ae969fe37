"""Calls that vendors pushed and that were not kept: when, with which key, and why."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calls.models import RefusedPush
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import ColumnFilter, MadeFilter, OwnRowsFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, link_to, moment
from tether_calls.common.errors import ErrorCode, message_of
from tether_calls.common.object_id import is_object_id

CODES = (
    ErrorCode.VALIDATION_ERROR, ErrorCode.MALFORMED_JSON, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.UNAUTHORIZED,
    ErrorCode.RECORDING_INVALID, ErrorCode.RECORDING_TOO_LARGE, ErrorCode.RECORDING_UNREACHABLE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE, ErrorCode.BAD_REQUEST,
)  # fmt: skip


class CodeFilter(ColumnFilter):
    title = "error"
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(code), message_of(code)) for code in CODES]


@admin.register(RefusedPush)
class RefusedPushAdmin(TetherAdmin):
    # Rows are of all calls of the organization.
    who_views = StaffWho(sees_all_calls)
    come_from = "A call that a vendor pushes and that cannot be kept is told here, with the reason."
    list_display = ("at", "status", "error", "field", "external_call_id", "key")
    list_select_related = ("organization", "api_key")
    page_select_related = ("organization", "api_key", "user")
    list_filter = (CodeFilter, ("api_key", OwnRowsFilter), ("created_at", MadeFilter))
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "The vendor's identifier of a call, in full"
    fieldsets = (
        (None, {"fields": ("at", ("status", "error"), "field", "external_call_id", ("key", "owner"), "identifier")}),
    )
    readonly_fields = ("at", "status", "error", "field", "external_call_id", "key", "owner", "identifier")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = Q(external_call_id=text)
        if is_object_id(text):
            found |= Q(pk=text)
        return queryset.filter(found), False

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Time")
    def at(self, push: RefusedPush) -> str:
        return moment(push.created_at, with_seconds=True)

    @admin.display(description="Error")
    def error(self, push: RefusedPush) -> SafeString:
        """What it was answered: the sentence, and the code that a program goes by."""
        return format_html('{} <code class="tether-faint">{}</code>', message_of(push.code), push.code)

    @admin.display(description="API key")
    def key(self, push: RefusedPush) -> SafeString | str:
        return link_to(push.api_key)

    @admin.display(description="User")
    def owner(self, push: RefusedPush) -> SafeString | str:
        return link_to(push.user) if push.user is not None else NOTHING
