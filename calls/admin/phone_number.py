"""Our numbers, and who or what answers them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import PhoneNumber
from calls.providers.registry import agents_provider
from tether_calls.accounts.roles import may_configure_telephony
from tether_calls.common.admin import OrganizationForm, TetherAdmin, Who, WrittenNumberField
from tether_calls.common.admin.display import NOTHING
from tether_calls.common.phone import digits_to_find

# Whether an agent answers and dials, and which: as by POST /api/calls/voice-ai/phone-number/toggle.
_OF_AGENTS = ("ai_enabled", "ai_agent")


class PhoneNumberForm(OrganizationForm):
    phone_number = WrittenNumberField(help_text="With its country code, such as +1 416 555-0100.")

    class Meta:
        labels = {
            "user": "User",
            "is_inbound_enabled": "Takes calls",
            "is_default": "User's default",
            "ai_enabled": "Answered by an agent",
            "ai_agent": "Agent",
            "elevenlabs_phone_number_id": f"{agents_provider().label} phone number ID",
        }


@admin.register(PhoneNumber)
class PhoneNumberAdmin(TetherAdmin):
    # A number decides where calls to it arrive: only the platform's own staff say whose it is.
    who_adds = Who.SUPERUSERS
    who_changes = Who.STAFF
    who_deletes = Who.SUPERUSERS

    form = PhoneNumberForm
    come_from = "Superusers add them."
    list_display = ("phone_number", "label", "provider", "user", "agent", "takes_calls", "by_agent")
    list_select_related = ("organization", "user", "ai_agent")
    list_filter = (("provider", ChoicesDropdownFilter), "is_inbound_enabled", "ai_enabled")
    search_fields = ("phone_number", "label")
    search_help_text = "Number or label"
    autocomplete_fields = ("user", "ai_agent", "organization")
    fieldsets = (
        (None, {"fields": ("phone_number", "provider", "label")}),
        ("Who answers", {"fields": ("is_inbound_enabled", "user", "is_default", "ai_enabled", "ai_agent")}),
        (agents_provider().label, {"fields": ("elevenlabs_phone_number_id",)}),
    )

    # Called in the list as they are on the page.

    @admin.display(description="Agent")
    def agent(self, number: PhoneNumber) -> str:
        return NOTHING if number.ai_agent is None else str(number.ai_agent)

    @admin.display(description="Takes calls", boolean=True)
    def takes_calls(self, number: PhoneNumber) -> bool:
        return number.is_inbound_enabled

    @admin.display(description="Answered by an agent", boolean=True)
    def by_agent(self, number: PhoneNumber) -> bool:
        return number.ai_enabled

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or search_term
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        user: Any = request.user
        if not may_configure_telephony(user):
            fields = (*fields, *_OF_AGENTS)
        return fields if user.is_superuser else (*fields, "phone_number", "provider", "elevenlabs_phone_number_id")
