"""Calls: a list that finds them, and a page to read and hear one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from calls.admin.call_list.actions import BulkReview
from calls.admin.call_list.bar import bar_of
from calls.admin.call_list.changelist import SORTED_BY, CallChangeList
from calls.admin.call_list.columns import STATUS_COLOURS, CallColumns, who_of
from calls.admin.call_list.exporting import ExportFromList
from calls.admin.call_list.filters import (
    AgentFilter,
    AnsweredByFilter,
    ContactFilter,
    DirectionFilter,
    DispositionFilter,
    EndReasonFilter,
    HeardOfListFilter,
    LongerThanFilter,
    OptOutFilter,
    ProviderFilter,
    QueueFilter,
    RecordingFilter,
    StarFilter,
    StatusFilter,
    TagFilter,
    UserFilter,
    VendorAgentFilter,
)
from calls.admin.call_list.new_calls import TellsOfNewCalls
from calls.admin.call_list.start_filter import StartFilter
from calls.admin.call_page import call_page
from calls.admin.call_recordings import RecordingsOfCall
from calls.admin.calls_beside import CallsInTurn
from calls.admin.do_not_call import DoNotCallFromCall
from calls.admin.privacy.legal_holds import hold_form_of
from calls.admin.review import ReviewOnCall
from calls.models import Call
from calls.selectors.admin_search import calls_matching
from calls.selectors.history import TAGGED_START
from contacts.admin import contact_ids_matching
from tether_calls.accounts.acting import note_access_in, open_to, require_reason_in
from tether_calls.accounts.admin.saved_views import SavedViewsAdmin
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin.display import moment
from tether_calls.common.object_id import is_object_id
from tether_calls.common.sight import Sight
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# Most of a call's row, and no list shows it.
_PAGE_ONLY = ("ai_transcript", "ai_summary", "analysis", "metadata", "provider_metadata", "endings_told")
_OF_AGENTS = ("ai_agent__prompt", "ai_agent__first_message")

# Filters that let through what is of one organization, and have an index in the order of history.
_OF_AN_ORGANIZATION = frozenset(
    f"{row}__id__exact" for row in ("contact", "conversation", "disposition", "ai_agent", "user")
)
_BY_TAG = "tag_rows__tag__id__exact"


@admin.register(Call)
class CallAdmin(
    CallColumns,
    BulkReview,
    ExportFromList,
    SavedViewsAdmin,
    TellsOfNewCalls,
    ReviewOnCall,
    DoNotCallFromCall,
    RecordingsOfCall,
    CallsInTurn,
):
    come_from = "Vendors push them, browsers make and take them, agents hold them."
    list_display = ("started", "story", "numbers", "handled", "labels", "length", "cost")
    list_display_links = ("story",)
    # CallChangeList sees to it that no whole history is sorted for it.
    sortable_by = tuple(SORTED_BY)
    list_select_related = ("contact", "ai_agent", "organization", "disposition")
    list_filter = (
        ("start_time", StartFilter),
        ("status", StatusFilter),
        ("end_reason", EndReasonFilter),
        ("answered_by", AnsweredByFilter),
        ("direction", DirectionFilter),
        RecordingFilter,
        LongerThanFilter,
        ("tag_rows__tag", TagFilter),
        ("disposition", DispositionFilter),
        ("is_starred", StarFilter),
        OptOutFilter,
        HeardOfListFilter,
        QueueFilter,
        ("ai_agent", AgentFilter),
        ("user", UserFilter),
        ("contact", ContactFilter),
        VendorAgentFilter,
        ("provider", ProviderFilter),
    )
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = 'Number, contact, identifier, or what was said: words, "a phrase", -not, OR'
    cuts_searches = False
    not_asked_by_address = frozenset({"ai_transcript", "analysis"})
    page_select_related = ("organization", "user", "contact", "conversation__contact", "ai_agent", "disposition")
    # The page is a template of its own: there is no form.
    fieldsets = ((None, {"fields": ()}),)
    change_form_template = "admin/calls/call/page.html"

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first: by start within an organization or contact, by creation across all; each by an index."""
        if is_object_id(request.GET.get(_BY_TAG, "")):
            return (f"-{TAGGED_START}", "-id")
        narrowed = self.scope_of(request) is not None or not _OF_AN_ORGANIZATION.isdisjoint(request.GET)
        return ("-start_time", "-id") if narrowed else ("-id",)

    def rows(self, request: HttpRequest) -> QuerySet[Call]:
        rows: Any = super().rows(request)
        seen: QuerySet[Call] = rows.seen_by(self.sight(request))
        return seen

    def sight(self, request: HttpRequest) -> Sight | None:
        user: Any = request.user
        return sight_of(user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return super().get_queryset(request).defer(*_PAGE_ONLY, *_OF_AGENTS)

    def names_of(self, request: HttpRequest, ids: Collection[str]) -> dict[str, str]:
        """Who, and when."""
        if not ids:
            return {}
        # Of a wide row, what is said of it.
        told = ("start_time", "direction", "from_number", "to_number")
        of_contact = ("contact__first_name", "contact__last_name", "contact__phone_number")
        calls = self.rows(request).filter(pk__in=ids).select_related("contact").only(*told, *of_contact)
        return {call.pk: _title(call) for call in calls}

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
            sight=self.sight(request),
            may_read=_may_read(request, scope),
        )
        return found, False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CallChangeList]:
        return CallChangeList

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Any:
        """Counts in the order of the list, so that a bound on how far back is looked holds for counting as well."""
        paginator = super().get_paginator(request, queryset, per_page, *args, **kwargs)
        if not request.GET.get(SEARCH_VAR, "").strip():
            # Of a list that is sorted, what is counted need not be.
            is_sorted = ORDER_VAR in request.GET
            paginator.counted_in = self.get_ordering(request) if is_sorted else queryset.query.order_by
        return paginator

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        return {**super().list_context(request, changelist), **bar_of(changelist, request)}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        call: Call = context["original"]
        user: Any = request.user
        page = call_page(call, listener=user.pk, names_organization=user.is_superuser)
        if call.ai_transcript:
            read = Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=call.pk)
            note_access_in(request, read, organization_id=call.organization_id)
        elif page.players or page.goes_on:
            # Nothing is read yet, but the page plays, and reads along.
            require_reason_in(request, organization_id=call.organization_id)
        context |= {
            "page": page,
            "status_colour": STATUS_COLOURS.get(call.status),
            "has_heading": True,
            "hold_form": hold_form_of(request, call),
            "title": "Call",
            "subtitle": _title(call),
        }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response


def _title(call: Call) -> str:
    return f"{who_of(call)}, {moment(call.start_time)}"


def _may_read(request: HttpRequest, scope: str | None) -> Callable[[Collection[str]], Collection[str]] | None:
    """In whose calls a search looks for what was said; None: in all that it finds.

    Not every answer to one is the list, which writes it down and asks why.
    """
    if request.path in (reverse("admin:autocomplete"), reverse("admin:calls_call_new")):
        # What is chosen from, and how many calls are new, leave no row of the access log.
        return lambda _: ()
    return None if scope is not None and open_to(request, (scope,)) else partial(open_to, request)
