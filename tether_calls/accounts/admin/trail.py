"""What the pages of both trails have in common: nothing is changed there, all can be taken along as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter
from unfold.decorators import action

from tether_calls.accounts.roles import may_read_trails
from tether_calls.common.admin import StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import NOTHING, label, link, list_at, moment, page_at
from tether_calls.common.admin.search import by_identifier
from tether_calls.common.csv_cells import BOM, csv_line, text_cell
from tether_calls.common.object_id import is_object_id
from tether_calls.common.times import to_wire
from tether_calls.trails.models import ActorKind, TrailEntry

_COLOURS: dict[str, str] = {ActorKind.PLATFORM_STAFF: "warning", ActorKind.API_KEY: "info"}
# How many rows of a file are read at a time.
_AT_ONCE = 1_000


class _IdFilter(TextFilter):  # type: ignore[misc]  # unfold has no types
    column: ClassVar[str]

    def queryset(self, request: HttpRequest, queryset: QuerySet[TrailEntry]) -> QuerySet[TrailEntry]:
        return queryset.filter(**{self.column: self.value().strip()}) if self.value() else queryset


class OrganizationIdFilter(_IdFilter):
    title = "organization's identifier"
    parameter_name = "organization"
    column = "organization_id"


class UserIdFilter(_IdFilter):
    title = "user's identifier"
    parameter_name = "user"
    column = "user_id"


class TrailAdmin(TetherAdmin):
    """Rows are named by id: what they name may be gone."""

    who_views = StaffWho(may_read_trails)
    shows_organization = False
    known_by_id = {"organization_id": "accounts.organization"}
    search_fields = ("id",)  # shows the box; what it does is below
    actions_list = ("export_list",)

    # The cells of a line of the file, by the names of its columns.
    file_columns: ClassVar[Sequence[str]] = ()
    file_name: ClassVar[str] = ""
    # Where identifiers are looked for.
    identifiers: ClassVar[Sequence[str]] = ("pk",)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        user: Any = request.user
        return (*self.list_display, "organization") if user.is_superuser else self.list_display

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        user: Any = request.user
        return (*self.list_filter, OrganizationIdFilter) if user.is_superuser else self.list_filter

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return by_identifier(queryset, search_term, *self.identifiers), False

    def scope_of(self, request: HttpRequest) -> str | None:
        user: Any = request.user
        if not user.is_superuser:
            return str(user.organization_id)
        chosen = request.GET.get("organization", "").strip()
        return chosen if is_object_id(chosen) else None

    # ---- As a file ---------------------------------------------------------------------------------------------

    @action(description="Export", url_path="export", icon="download", permissions=["view"])  # type: ignore[untyped-decorator]
    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """The rows that the filters of the address let through, as CSV; superusers say of which organization."""
        refuse_nul(request)
        if self.scope_of(request) is None:
            messages.error(request, "Filter by an organization first: a file has the rows of one.")
            return HttpResponseRedirect(list_at(self.opts.label_lower))
        rows = self.get_changelist_instance(request).queryset
        response = StreamingHttpResponse(self._lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.file_name}.csv"'
        return response

    def _lines(self, rows: QuerySet[Any]) -> Iterator[str]:
        yield BOM + csv_line(["at", "actor_type", "actor_id", "actor", "ip", "reason", *self.file_columns])
        last: str | None = None
        while page := list((rows if last is None else rows.filter(pk__lt=last)).order_by("-pk")[:_AT_ONCE]):
            for entry in page:
                who = (entry.actor_kind, entry.actor_id or "", entry.actor_name, entry.ip, entry.reason)
                cells = (_cell(getattr(entry, name)) for name in self.file_columns)
                yield csv_line(map(text_cell, (to_wire(entry.at), *who, *cells)))
            last = page[-1].pk

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Time")
    def time(self, entry: TrailEntry) -> str:
        return moment(entry.at, with_seconds=True)

    @admin.display(description="Who")
    def who(self, entry: TrailEntry) -> SafeString | str:
        name = entry.actor_name or NOTHING
        if entry.actor_kind == ActorKind.USER:
            return link(page_at("accounts.user", entry.actor_id), name) if entry.actor_id else name
        kind = label(entry.get_actor_kind_display(), _COLOURS.get(entry.actor_kind, ""))
        return format_html("{}{}", kind, name)

    @admin.display(description="From")
    def address(self, entry: TrailEntry) -> str:
        return entry.ip or NOTHING

    @admin.display(description="Reason")
    def why(self, entry: TrailEntry) -> str:
        return entry.reason or NOTHING

    @admin.display(description="Organization")
    def organization(self, entry: TrailEntry) -> SafeString | str:
        return self.link_by_id(entry, "organization_id")


def _cell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value or "")
