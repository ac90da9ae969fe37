"""Decisions about dials: what every rule said, and where it is from. Nobody changes them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from contacts.admin.explained import explained
from contacts.admin.rule_packs import shown_packs
from contacts.models import DialDecision
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, list_at, moment
from tether_calls.common.admin.search import searched_for
from tether_calls.common.errors import message_of
from tether_calls.common.phone import digits_to_find


@admin.register(DialDecision)
class DialDecisionAdmin(TetherAdmin):
    # They tell of whatever numbers were dialled.
    who_views = StaffWho(sees_all_calls)

    known_by_id: ClassVar = {"call_id": "calls.call"}
    come_from = "Each dial that is asked for leaves one: what every rule said of it."
    list_display = ("when", "number", "path_of", "outcome", "why", "next_at")
    list_select_related = ("organization",)
    list_filter = ("is_allowed", ("path", ChoicesDropdownFilter), ("at", MadeFilter))
    search_fields = ("phone_number__contains",)
    search_help_text = "Number"
    page_select_related = ("organization",)
    fieldsets = (
        (None, {"fields": ("when", "number", ("path_of", "purpose_of"), ("outcome", "why"), ("next_at", "call"))}),
        ("Explain this refusal", {"fields": ("explained",)}),
    )
    readonly_fields = ("when", "number", "path_of", "purpose_of", "outcome", "why", "next_at", "call", "explained")
    actions_list = ("rule_packs",)

    @action(description="Rule packs", url_path="rule-packs", icon="gavel", permissions=["view"])  # type: ignore[untyped-decorator]
    def rule_packs(self, request: HttpRequest) -> HttpResponse:
        """Every version of every pack, what it says and from where; and who goes by it, of whom one sees."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Rule packs",
            "packs": shown_packs(request.user),
            "back": list_at("contacts.dialdecision"),
        }
        return TemplateResponse(request, "admin/contacts/rule_packs.html", context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not obj.is_allowed:
            return fieldsets
        return [(name if name != "Explain this refusal" else "What each rule said", more) for name, more in fieldsets]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or searched_for(search_term)
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Time")
    def when(self, decision: DialDecision) -> str:
        return moment(decision.at, with_seconds=True)

    @admin.display(description="Number")
    def number(self, decision: DialDecision) -> str:
        return decision.phone_number

    @admin.display(description="Asked by")
    def path_of(self, decision: DialDecision) -> str:
        return decision.get_path_display()

    @admin.display(description="Purpose")
    def purpose_of(self, decision: DialDecision) -> str:
        return decision.get_purpose_display()

    @labelled("Outcome", {"Allowed": "success", "Refused": "danger"})
    def outcome(self, decision: DialDecision) -> str:
        return "Allowed" if decision.is_allowed else "Refused"

    @admin.display(description="Why")
    def why(self, decision: DialDecision) -> str:
        return NOTHING if decision.is_allowed else message_of(decision.code)

    @admin.display(description="Allowed from")
    def next_at(self, decision: DialDecision) -> str:
        return NOTHING if decision.next_allowed_at is None else moment(decision.next_allowed_at)

    @admin.display(description="Call")
    def call(self, decision: DialDecision) -> SafeString | str:
        return self.link_by_id(decision, "call_id")

    @admin.display(description="Rules")
    def explained(self, decision: DialDecision) -> SafeString:
        return explained(decision)
