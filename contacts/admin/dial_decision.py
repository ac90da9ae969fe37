"""Decisions about dials: what every rule said, and where it is from. Nobody changes them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from contacts.admin.rule_packs import READ, shown_packs
from contacts.models import DialDecision
from contacts.rules.packs import Source, pack_named
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, link, list_at, moment, page_at
from tether_calls.common.admin.search import searched_for
from tether_calls.common.phone import digits_to_find

_RESULTS = {"pass": "Passed", "fail": "Refused", "unknown": "Not known"}


@admin.register(DialDecision)
class DialDecisionAdmin(TetherAdmin):
    # They tell of whatever numbers were dialled.
    who_views = StaffWho(sees_all_calls)

    list_display = ("when", "number", "path_of", "outcome", "next_at")
    list_select_related = ("organization",)
    list_filter = ("is_allowed", ("path", ChoicesDropdownFilter), ("at", MadeFilter))
    search_fields = ("phone_number__contains",)
    search_help_text = "Number"
    page_select_related = ("organization",)
    fieldsets = (
        (None, {"fields": ("when", "number", ("path_of", "purpose_of"), "outcome", "next_at", "call")}),
        ("Explain this refusal", {"fields": ("explained",)}),
    )
    readonly_fields = ("when", "number", "path_of", "purpose_of", "outcome", "next_at", "call", "explained")
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

    @labelled("Outcome", {"Allowed": "success"})
    def outcome(self, decision: DialDecision) -> str:
        return str(decision)

    @admin.display(description="Allowed from")
    def next_at(self, decision: DialDecision) -> str:
        return NOTHING if decision.next_allowed_at is None else moment(decision.next_allowed_at)

    @admin.display(description="Call")
    def call(self, decision: DialDecision) -> SafeString | str:
        return link(page_at("calls.call", decision.call_id), "The call") if decision.call_id else NOTHING

    @admin.display(description="Rules")
    def explained(self, decision: DialDecision) -> SafeString:
        sources = _sources(decision)
        rows = (
            (
                _RESULTS.get(rule["result"], rule["result"]),
                rule["detail"],
                _from(rule.get("source", ""), sources),
            )
            for rule in decision.rules
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li><b>{}</b>: {}{}</li>", rows))


def _sources(decision: DialDecision) -> dict[str, Source]:
    """By their names, in the packs under which it was decided, as far as these are there."""
    found: dict[str, Source] = {}
    for name in decision.facts.get("packs", ()):
        try:
            found |= pack_named(name).sources
        except LookupError:
            continue
    return found


def _from(named: str, sources: dict[str, Source]) -> SafeString | str:
    known = [name for name in named.split("; ") if name]
    if not known:
        return ""
    texts = (
        f"{name} ({READ[sources[name].read]}, {sources[name].date.isoformat()})" if name in sources else name
        for name in known
    )
    return format_html(" <small>{}</small>", f"From {'; '.join(texts)}.")
