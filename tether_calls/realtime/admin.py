"""The event log, as the sockets and webhooks were fed from it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter

from tether_calls.common.admin import ColumnFilter, FixedOrderChangeList, MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, json_block, link, moment, page_at
from tether_calls.common.admin.search import by_identifier
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog


class NameFilter(ColumnFilter):
    title = "event"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name.value, name.value) for name in EventName]


class OrganizationIdFilter(TextFilter):  # type: ignore[misc]
    title = "organization's identifier"
    parameter_name = "organization"

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        return queryset.of_organization(self.value().strip()) if self.value() else queryset  # type: ignore[attr-defined]


def organization_names(organization_ids: Collection[str]) -> dict[str, str]:
    """What organizations are called, by id. One statement. This app lies below theirs, and knows them by id."""
    # wall: what organizations are called whose events a superuser sees
    rows: Any = apps.get_model("accounts.Organization")._default_manager.filter(pk__in=organization_ids)
    return dict(rows.values_list("pk", "name"))


class EventChangeList(FixedOrderChangeList):
    """For superusers each row has the name of its organization."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if "organization" in self.list_display:
            self.result_list = list(self.result_list)
            names = organization_names({event.organization_id for event in self.result_list})
            for event in self.result_list:
                event.organization_name = names.get(event.organization_id, "")


@admin.register(EventLog)
class EventLogAdmin(TetherAdmin):
    # Events tell of whatever calls there are.
    who_views = StaffWho(lambda user: bool(user.sees_all_calls))
    # The model knows its organization by id only: this app lies below the one that has them.
    shows_organization = False

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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FixedOrderChangeList]:
        return EventChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return by_identifier(queryset, search_term, "pk", "call_id"), False

    @admin.display(description="Time")
    def at(self, event: EventLog) -> str:
        return moment(event.created_at, with_seconds=True)

    @admin.display(description="Event")
    def event(self, event: EventLog) -> str:
        return event.name

    @admin.display(description="Call")
    def call(self, event: EventLog) -> SafeString | str:
        return link(page_at("calls.call", event.call_id), event.call_id) if event.call_id else NOTHING

    @admin.display(description="Organization")
    def organization(self, event: EventLog) -> SafeString:
        name: str = event.organization_name  # type: ignore[attr-defined]  # of EventChangeList
        return link(page_at("accounts.organization", event.organization_id), name or event.organization_id)

    @admin.display(description="Data")
    def pretty_data(self, event: EventLog) -> SafeString:
        return json_block(event.data)
