"""Reminders: whose they are, about whom, when, and what has come of those that call or write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from calls.models import OutgoingText, ScheduledCall
from contacts.models import Reminder
from tether_calls.accounts.models import AccessRole
from tether_calls.accounts.roles import has_role
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin import DayFilter, MadeFilter, OwnRowsFilter, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, link, link_to, moment, page_at
from tether_calls.common.admin.search import by_identifier
from tether_calls.common.errors import message_of
from tether_calls.common.phone import numbers_to_find

_SHOWN = 160
# Who sees reminders of others here; to everybody else, as in the API, they are their user's.
_ALL_ROLE = AccessRole.DEPARTMENT_HEAD
_STATES = {
    "to_come": ("To come", Q(fired_at=None)),
    "waits": ("Text waits", Q(fired_at__isnull=False, text_at__isnull=False)),
    "no_text": ("No text", Q(text_at=None) & ~Q(text_code="")),
    "done": ("Done", Q(fired_at__isnull=False, text_at=None, text_code="")),
}
_COLOURS = {"To come": "info", "Text waits": "warning", "No text": "danger", "Done": "success"}


class StateFilter(DropdownFilter):  # type: ignore[misc]  # unfold has no types
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reminder]) -> QuerySet[Reminder]:
        return queryset.filter(_STATES[self.value()][1]) if self.value() in _STATES else queryset


@admin.register(Reminder)
class ReminderAdmin(TetherAdmin):
    come_from = "They are set in the frontend, or by the API."
    list_display = ("when", "what", "about", "owner", "channel", "state", "why")
    list_select_related = ("organization", "contact", "user")
    page_select_related = ("organization", "contact", "user")
    list_filter = (
        StateFilter,
        ("channel_type", ChoicesDropdownFilter),
        ("user", OwnRowsFilter),
        ("reminder_date", DayFilter),
        ("created_at", MadeFilter),
    )
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "A contact's telephone number, or the identifier of a reminder or contact"
    # In the order of their making, which an index serves.
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("state", "why"), "text", "about", "owner", "identifier")}),
        ("When", {"fields": (("when", "told"), "next_text")}),
        ("What comes of it", {"fields": ("channel", "agent_call", "message")}),
    )
    readonly_fields = (
        *("state", "why", "text", "about", "owner", "identifier", "when", "told", "next_text"),
        *("channel", "agent_call", "message"),
    )

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        rows = super().rows(request)
        if not has_role(user, _ALL_ROLE):
            return rows.filter(user_id=user.pk)
        sight = sight_of(user)
        return rows if sight is None else rows.filter(user_id__in=sight.user_ids)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        numbers = numbers_to_find(search_term)
        found = by_identifier(queryset, search_term, "pk", "contact_id")
        return (queryset.filter(contact__phone_number__in=numbers) if numbers else found), False

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="When")
    def when(self, reminder: Reminder) -> str:
        return moment(reminder.reminder_date)

    @admin.display(description="Note")
    def what(self, reminder: Reminder) -> SafeString:
        note = reminder.note
        return format_html('<bdi dir="auto">{}</bdi>', note if len(note) <= _SHOWN else f"{note[:_SHOWN]}…")

    @admin.display(description="Contact")
    def about(self, reminder: Reminder) -> SafeString | str:
        return link_to(reminder.contact)

    @admin.display(description="Of")
    def owner(self, reminder: Reminder) -> SafeString | str:
        return link_to(reminder.user)

    @labelled("State", _COLOURS)
    def state(self, reminder: Reminder) -> str:
        if reminder.text_code and reminder.text_at is None:
            return "No text"
        if not reminder.fired:
            return "To come"
        return "Text waits" if reminder.text_at is not None else "Done"

    @admin.display(description="Why")
    def why(self, reminder: Reminder) -> str:
        """Why its text waits, or was not sent."""
        return message_of(reminder.text_code) if reminder.text_code else NOTHING

    # ---- Its page ----------------------------------------------------------------------------------------------

    @admin.display(description="Note")
    def text(self, reminder: Reminder) -> SafeString:
        return format_html('<bdi dir="auto">{}</bdi>', reminder.note)

    @admin.display(description="Channel")
    def channel(self, reminder: Reminder) -> str:
        return reminder.get_channel_type_display()

    @admin.display(description="Told")
    def told(self, reminder: Reminder) -> str:
        return moment(reminder.fired_at, with_seconds=True)

    @admin.display(description="Text is written")
    def next_text(self, reminder: Reminder) -> str:
        return moment(reminder.text_at)

    @admin.display(description="Call")
    def agent_call(self, reminder: Reminder) -> SafeString | str:
        planned = ScheduledCall.objects.of_organization(reminder.organization_id).filter(reminder=reminder).first()
        if planned is None:
            return NOTHING
        return link(page_at("calls.scheduledcall", planned.pk), planned.get_state_display())

    @admin.display(description="Text")
    def message(self, reminder: Reminder) -> SafeString | str:
        texts = OutgoingText.objects.of_organization(reminder.organization_id).select_related("message")
        text = texts.filter(reminder_id=reminder.pk).first()
        if text is None:
            return NOTHING
        return link(page_at("conversations.conversation", text.message.conversation_id), text.message.status)
