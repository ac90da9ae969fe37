"""Agents: their instructions, and how they speak."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextInputWidget

from calls.admin.prompt_versions import VersionsOnPage, differences
from calls.admin.sync_agent import SyncOnPage
from calls.models import Prompt, PromptVersion
from calls.models.prompt import default_rate_per_minute
from calls.providers.registry import agents_provider
from calls.services.agent_calls.prompt_versions import SPOKEN
from calls.services.agent_calls.prompts import create_prompt, may_write_agents, reserved_columns, update_prompt
from tether_calls.common.admin import OrganizationForm, StaffWho
from tether_calls.common.admin.display import link, list_at, moment


class PromptForm(OrganizationForm):
    """With the version that the page shows: whoever saves after somebody else is told so."""

    conflict: dict[str, Any] | None = None
    version_read = forms.IntegerField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="Why what it says is changed: it stays with the version.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.version if self.instance.version_id is not None else None
        if "version_read" in self.fields:
            self.fields["version_read"].initial = None if version is None else version.number

    def clean(self) -> dict[str, Any]:
        super().clean()
        prompt: Prompt = self.instance
        read, current = self.cleaned_data.get("version_read"), prompt.version
        spoken = [name for name in SPOKEN if name in self.changed_data]
        if read is not None and current is not None and read != current.number and spoken:
            typed = PromptVersion(**{name: self.cleaned_data.get(name, "") for name in SPOKEN})
            self.conflict = {"version": current.number, "changes": list(differences(current, typed))}
            self.add_error(None, "Somebody has changed what the agent says since this page was opened.")
            # Whoever saves now has seen both.
            posted: Any = self.data
            self.data = posted = posted.copy()
            posted["version_read"] = str(current.number)
        return self.cleaned_data


# What the agent is at its provider, and what it costs.
RATED = frozenset({"elevenlabs_agent_id", "rate_per_minute"})
# No columns of the agent, or none that a change can have.
_OF_THE_FORM = frozenset({"organization", "version_read", "note"})


@admin.register(Prompt)
class PromptAdmin(VersionsOnPage, SyncOnPage):
    who_adds = StaffWho(may_write_agents)
    who_changes = StaffWho(may_write_agents)

    form = PromptForm
    come_from = "Department heads and above add them."
    list_display = ("name", "voice_enabled", "is_synced", "updated")
    list_select_related = ("organization",)
    list_filter = ("voice_enabled",)
    search_fields = ("name",)
    search_help_text = "Name"
    fieldsets = (
        (None, {"fields": ("name", "description", "prompt", "disclosure", "first_message", "version_read", "note")}),
        ("Voice", {"fields": ("voice_enabled", "language", "voice_id", "temperature", "elevenlabs_agent_id")}),
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
        names = [name for name in form.changed_data if name not in _OF_THE_FORM]
        values: Any = {name: form.cleaned_data[name] for name in names}
        note = form.cleaned_data.get("note", "")
        if not change:
            if values.get("rate_per_minute") == default_rate_per_minute():
                # Nothing was entered: where the id at the provider has a price, it is that.
                del values["rate_per_minute"]
            prompt = create_prompt(user=user, organization_id=obj.organization_id, values=values, note=note)
        else:
            if form.cleaned_data.keys() >= RATED:
                # Both, changed or not: the price is that of the id which the page shows beside it.
                values |= {name: form.cleaned_data[name] for name in RATED}
            prompt = update_prompt(
                user=user,
                organization_id=obj.organization_id,
                prompt_id=obj.pk,
                changes=values,
                note=note,
                base=form.cleaned_data.get("version_read"),
            )
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
