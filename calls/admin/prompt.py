"""Agents: their instructions, and how they speak."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from calls.models import Prompt
from calls.models.prompt import default_rate_per_minute
from calls.providers.registry import agents_provider
from calls.services.agent_calls.prompts import create_prompt, may_write_agents, reserved_columns, update_prompt
from tether_calls.common.admin import StaffWho, TetherAdmin
from tether_calls.common.admin.display import link, list_at, moment

# What the agent is at its provider, and what it costs.
RATED = frozenset({"elevenlabs_agent_id", "rate_per_minute"})


@admin.register(Prompt)
class PromptAdmin(TetherAdmin):
    who_adds = StaffWho(may_write_agents)
    who_changes = StaffWho(may_write_agents)

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
        return (*fields, *reserved_columns(user))

    # ---- Writes, by the services -------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Prompt, form: Any, change: bool) -> None:
        user: Any = request.user
        values: Any = {name: form.cleaned_data[name] for name in form.changed_data if name != "organization"}
        if not change:
            if values.get("rate_per_minute") == default_rate_per_minute():
                # Nothing was entered: where the id at the provider has a price, it is that.
                del values["rate_per_minute"]
            prompt = create_prompt(user=user, organization_id=obj.organization_id, values=values)
        else:
            if form.cleaned_data.keys() >= RATED:
                # Both, changed or not: the price is that of the id which the page shows beside it.
                values |= {name: form.cleaned_data[name] for name in RATED}
            prompt = update_prompt(user=user, organization_id=obj.organization_id, prompt_id=obj.pk, changes=values)
        obj.pk, obj._state.adding = prompt.pk, False

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
