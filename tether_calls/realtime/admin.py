"""The event log, as the sockets and webhooks were fed from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter

from tether_calls.common.admin import ColumnFilter, MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import in_words, json_block, moment
from tether_calls.common.admin.search import by_identifier
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog


class NameFilter(ColumnFilter):
    title = "event"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name.value, in_words(name)) for name in EventName]


class OrganizationIdFilter(TextFilter):  # type: ignore[misc]
    title = "organization's identifier"
    parameter_name = "organization"

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        return queryset.of_organization(self.value().strip()) if self.value() else queryset  # type: ignore[attr-defined]


@admin.register(EventLog)
class EventLogAdmin(TetherAdmin):
    # Events tell of whatever calls there are.
    who_views = StaffWho(lambda user: bool(user.sees_all_calls))
    # The model knows its organization by id only: this app lies below the one that has them.
    shows_organization = False
    known_by_id: ClassVar = {"call_id": "calls.call", "organization_id": "accounts.organization"}

    come_from = "Frontends are told of what happens to calls; what they were told is here."
    list_display = ("at", "event", "call")
    list_filter = (NameFilter, ("created_at", MadeFilter))
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "Identifier of an event or a call"
    fieldsets = ((None, {"fields": ("event", "at", "call", "pretty_data")}),)
    readonly_fields = ("event", "at", "call", "pretty_data")

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        user: Any = request.user
        return (*self.list_display, "organization") if user.is_superuser else self.list_display

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        user: Any = request.user
        return (*self.list_filter, OrganizationIdFilter) if user.is_superuser else self.list_filter

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return by_identifier(queryset, search_term, "pk", "call_id"), False

    @admin.display(description="Time")
    def at(self, event: EventLog) -> str:
        return moment(event.created_at, with_seconds=True)

    @admin.display(description="Event")
    def event(self, event: EventLog) -> str:
        return in_words(event.name)

    @admin.display(description="Call")
    def call(self, event: EventLog) -> SafeString | str:
        return self.link_by_id(event, "call_id")

    @admin.display(description="Organization")
    def organization(self, event: EventLog) -> SafeString | str:
        return self.link_by_id(event, "organization_id")

    @admin.display(description="Data")
    def pretty_data(self, event: EventLog) -> SafeString:
        return json_block(event.data)
