"""Agents: what they are told, and how they speak."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from calls.models import Prompt
from calls.providers.registry import agents_provider
from tether_calls.common.admin import TetherAdmin, Who
from tether_calls.common.admin.display import link, list_at, moment


@admin.register(Prompt)
class PromptAdmin(TetherAdmin):
    who_adds = Who.STAFF
    who_changes = Who.STAFF

    list_display = ("name", "voice_enabled", "is_synced", "updated")
    list_select_related = ("organization",)
    list_filter = ("voice_enabled",)
    search_fields = ("name",)
    search_help_text = "Name"
    fieldsets = (
        (None, {"fields": ("name", "prompt", "first_message")}),
        ("Voice", {"fields": ("voice_enabled", "voice_id", "elevenlabs_agent_id")}),
        ("Price", {"fields": ("rate_per_minute",)}),
        ("History", {"fields": ("calls", "updated")}),
    )
    readonly_fields = ("calls", "updated")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        user: Any = request.user
        # Which of the platform's agents at their provider this is decides whose conversations are stored here; and a
        # buyer does not set the price.
        return fields if user.is_superuser else (*fields, "elevenlabs_agent_id", "rate_per_minute")

    @admin.display(description=agents_provider().label, boolean=True)
    def is_synced(self, prompt: Prompt) -> bool:
        return bool(prompt.elevenlabs_agent_id)

    @admin.display(description="Changed")
    def updated(self, prompt: Prompt) -> str:
        return moment(prompt.updated_at)

    @admin.display(description="Calls")
    def calls(self, prompt: Prompt) -> SafeString | None:
        if prompt._state.adding:
            return None
        return link(list_at("calls.call", f"ai_agent__id__exact={prompt.pk}"), "Calls of this agent")
