"""Calls: a list that finds them, and a page to read and hear one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, TextFilter

from calls.admin.call_page import call_page
from calls.admin.do_not_call import DoNotCallFromCall
from calls.models import Call, CallDirection, CallStatus
from calls.selectors.admin_search import calls_matching
from contacts.admin import contact_ids_matching
from tether_calls.common.admin import DayFilter, OwnRowsFilter
from tether_calls.common.admin.display import NOTHING, labelled, minutes, moment

# How unfold colours a status: what went well, what is going on, what was not answered, what broke.
STATUS_COLOURS: dict[str, str] = {
    CallStatus.COMPLETED: "success",
    CallStatus.ANSWERED: "info",
    CallStatus.IN_PROGRESS: "info",
    CallStatus.RINGING: "primary",
    CallStatus.INITIATED: "primary",
    CallStatus.NO_ANSWER: "warning",
    CallStatus.BUSY: "warning",
    CallStatus.FAILED: "danger",
    CallStatus.CANCELED: "warning",
}

# Most of a call's row, and no list shows it.
_PAGE_ONLY = ("ai_transcript", "ai_summary", "metadata", "provider_metadata")


class AgentFilter(OwnRowsFilter):
    heading = "agent"


class VendorAgentFilter(TextFilter):  # type: ignore[misc]  # unfold has no types
    """A vendor's agent is known by name only."""

    title = "name of a vendor's agent"
    parameter_name = "agent_name"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:
        name = (self.value() or "").strip()
        # The index leaves out calls without a name, and is used only where the query does so too.
        return queryset.filter(agent_name__istartswith=name).exclude(agent_name="") if name else queryset


@admin.register(Call)
class CallAdmin(DoNotCallFromCall):
    list_display = ("started", "way", "caller", "called", "contact_name", "outcome", "source", "agent", "length")
    list_select_related = ("contact", "ai_agent", "organization")
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("direction", ChoicesDropdownFilter),
        ("provider", ChoicesDropdownFilter),
        ("contact", OwnRowsFilter),
        ("ai_agent", AgentFilter),
        VendorAgentFilter,
        ("start_time", DayFilter),
    )
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "Number, contact or identifier"
    page_select_related = ("organization", "user", "contact", "conversation__contact", "ai_agent")
    # The page is a template of its own: there is no form.
    fieldsets = ((None, {"fields": ()}),)
    change_form_template = "admin/calls/call/page.html"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first: by start within an organization or contact, by creation across all; each by an index."""
        narrowed = self.scope_of(request) is not None or "contact__id__exact" in request.GET
        return ("-start_time", "-id") if narrowed else ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return super().get_queryset(request).defer(*_PAGE_ONLY)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        scope = self.scope_of(request)
        found = calls_matching(
            queryset,
            text=text,
            contact_ids=contact_ids_matching(request, text, organization_id=scope),
            organization_id=scope,
        )
        return found, False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        call: Call = context["original"]
        context |= {
            "page": call_page(call),
            "status_colour": STATUS_COLOURS.get(call.status),
            "title": "Call",
            "subtitle": str(call),
        }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    # ---- Columns -----------------------------------------------------------------------------------------------
    # Methods, not fields: a field could be sorted by in the address bar.

    @admin.display(description="Start")
    def started(self, call: Call) -> str:
        return moment(call.start_time)

    @admin.display(description="Direction")
    def way(self, call: Call) -> SafeString:
        inbound = call.direction == CallDirection.INBOUND
        return format_html(
            '<span class="material-symbols-outlined tether-way tether-way-{}" title="{}">{}</span>',
            call.direction,
            call.get_direction_display(),
            "call_received" if inbound else "call_made",
        )

    @admin.display(description="From")
    def caller(self, call: Call) -> str:
        return call.from_number or NOTHING

    @admin.display(description="To")
    def called(self, call: Call) -> str:
        return call.to_number or NOTHING

    @admin.display(description="Contact")
    def contact_name(self, call: Call) -> str:
        return NOTHING if call.contact is None else str(call.contact)

    @labelled("Status", STATUS_COLOURS)
    def outcome(self, call: Call) -> tuple[str, str]:
        return call.status, call.get_status_display()

    @admin.display(description="Provider")
    def source(self, call: Call) -> str:
        return call.get_provider_display()

    @admin.display(description="Agent")
    def agent(self, call: Call) -> str:
        return str(call.ai_agent) if call.ai_agent is not None else call.agent_name or NOTHING

    @admin.display(description="Duration")
    def length(self, call: Call) -> str:
        return minutes(call.duration)
