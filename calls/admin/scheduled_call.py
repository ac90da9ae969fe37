"""Calls that agents are to make at a time: what is planned, why it moved, and taking it back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import ScheduledCall
from calls.outcomes import EndReason
from calls.services.scheduled_calls.change_call import cancel_call, may_change
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin import DayFilter, MadeFilter, OwnRowsFilter, TetherAdmin, Who
from tether_calls.common.admin.display import NOTHING, in_words, json_block, labelled, link_to, moment
from tether_calls.common.admin.search import by_identifier
from tether_calls.common.errors import TetherError, message_of
from tether_calls.common.phone import numbers_to_find

_COLOURS = {
    "Scheduled": "info",
    "Dialling": "warning",
    "In progress": "warning",
    "Completed": "success",
    "Failed": "danger",
    "Expired": "danger",
    "Canceled": "",
}


@admin.register(ScheduledCall)
class ScheduledCallAdmin(TetherAdmin):
    who_cancels = Who.STAFF
    known_by_id: ClassVar = {"last_call_id": "calls.call", "asking_call_id": "calls.call"}

    come_from = "A call that is asked for at a later time, by the API, an agent or a reminder, waits here."
    list_display = ("next_shown", "number", "agent_shown", "state_shown", "why", "attempts_shown", "asked_by")
    list_select_related = ("organization", "agent", "user", "api_key", "contact")
    page_select_related = ("organization", "agent", "user", "api_key", "contact", "reminder")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("agent", OwnRowsFilter),
        ("next_at", DayFilter),
        ("created_at", MadeFilter),
    )
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "A telephone number, or the identifier of one of these or of a call"
    fieldsets = (
        (
            None,
            {"fields": (("state_shown", "why"), "number", "contact_shown", "agent_shown", "from_number", "identifier")},
        ),
        ("When", {"fields": (("next_shown", "moved_shown"), ("from_shown", "until_shown"), "time_zone")}),
        ("Attempts", {"fields": (("attempts_shown", "retries"), ("outcome_shown", "call"))}),
        ("Asked for", {"fields": (("asked_by", "key"), "at", "call_reason", "variables_shown", "asking_call")}),
    )
    readonly_fields = (
        *("state_shown", "why", "number", "contact_shown", "agent_shown", "from_number", "identifier", "next_shown"),
        *("moved_shown", "from_shown", "until_shown", "time_zone", "attempts_shown", "retries", "outcome_shown"),
        *("call", "asked_by", "key", "at", "call_reason", "variables_shown", "asking_call"),
    )
    actions = ("cancel_selected",)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().rows(request)
        user: Any = request.user
        planned: QuerySet[Any] = rows.planned_by(sight_of(user))
        return planned

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        numbers = numbers_to_find(search_term)
        found = by_identifier(queryset, search_term, "pk", "last_call_id", "asking_call_id")
        return (queryset.filter(phone_number__in=numbers) if numbers else found), False

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_cancels.includes(request.user)

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[ScheduledCall]) -> None:
        user: Any = request.user
        canceled, refused = 0, 0
        for scheduled in queryset:
            try:
                cancel_call(
                    organization_id=scheduled.organization_id, scheduled_id=scheduled.pk, check=may_change(user)
                )
            except TetherError:
                refused += 1
            else:
                canceled += 1
                self.log_change(request, scheduled, "Canceled.")
        messages.success(request, f"{canceled} will not be made.")
        if refused:
            messages.warning(request, f"{refused} not canceled: being made, over, or planned by somebody else.")

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="When")
    def next_shown(self, scheduled: ScheduledCall) -> str:
        return moment(scheduled.next_at)

    @admin.display(description="Number")
    def number(self, scheduled: ScheduledCall) -> str:
        return scheduled.phone_number

    @admin.display(description="Agent")
    def agent_shown(self, scheduled: ScheduledCall) -> SafeString | str:
        return link_to(scheduled.agent)

    @labelled("Status", _COLOURS)
    def state_shown(self, scheduled: ScheduledCall) -> str:
        return scheduled.get_state_display()

    @admin.display(description="Why")
    def why(self, scheduled: ScheduledCall) -> str:
        """Why it was moved, or was not made."""
        return message_of(scheduled.code) if scheduled.code else NOTHING

    @admin.display(description="Attempts")
    def attempts_shown(self, scheduled: ScheduledCall) -> str:
        return f"{scheduled.attempts} of {scheduled.max_attempts}"

    @admin.display(description="Asked for by")
    def asked_by(self, scheduled: ScheduledCall) -> SafeString | str:
        return link_to(scheduled.user) if scheduled.user is not None else scheduled.get_source_display()

    # ---- Its page ----------------------------------------------------------------------------------------------

    @admin.display(description="Contact")
    def contact_shown(self, scheduled: ScheduledCall) -> SafeString | str:
        return link_to(scheduled.contact)

    @admin.display(description="Moved from")
    def moved_shown(self, scheduled: ScheduledCall) -> str:
        return moment(scheduled.moved_from)

    @admin.display(description="Not before")
    def from_shown(self, scheduled: ScheduledCall) -> str:
        return moment(scheduled.not_before)

    @admin.display(description="Not after")
    def until_shown(self, scheduled: ScheduledCall) -> str:
        return moment(scheduled.not_after)

    @admin.display(description="Again")
    def retries(self, scheduled: ScheduledCall) -> str:
        if scheduled.max_attempts == 1:
            return NOTHING
        pauses = ", ".join(f"{minutes} min" for minutes in scheduled.delays_minutes)
        return f"after {pauses}, for {', '.join(scheduled.retry_on).replace('_', ' ')}"

    @admin.display(description="Last outcome")
    def outcome_shown(self, scheduled: ScheduledCall) -> str:
        known = scheduled.outcome in set(EndReason)
        return in_words(scheduled.outcome) if known else NOTHING

    @admin.display(description="Last call")
    def call(self, scheduled: ScheduledCall) -> SafeString | str:
        return self.link_by_id(scheduled, "last_call_id")

    @admin.display(description="API key")
    def key(self, scheduled: ScheduledCall) -> SafeString | str:
        return link_to(scheduled.api_key)

    @admin.display(description="Planned")
    def at(self, scheduled: ScheduledCall) -> str:
        return f"{moment(scheduled.created_at, with_seconds=True)} ({scheduled.get_source_display()})"

    @admin.display(description="Variables")
    def variables_shown(self, scheduled: ScheduledCall) -> SafeString | str:
        return json_block(scheduled.variables) if scheduled.variables else NOTHING

    @admin.display(description="Asked for in")
    def asking_call(self, scheduled: ScheduledCall) -> SafeString | str:
        return self.link_by_id(scheduled, "asking_call_id")
