"""On the page of an agent: how it is at its provider, and the button that brings the two together."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from calls.admin.prompt_versions import marked
from calls.models import Prompt, SyncState
from calls.providers.registry import agents_provider
from calls.services.agent_calls.prompts import may_write_agents
from calls.services.agent_sync.compare import Difference
from calls.services.agent_sync.sync_agent import Keep, sync_agent
from tether_calls.common.admin import StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import moment, page_of
from tether_calls.common.errors import TetherError
from tether_calls.common.urls import absolute_url

COLOURS: dict[str, str] = {
    SyncState.SYNCED: "success",
    SyncState.CHANGED_HERE: "info",
    SyncState.CHANGED_THERE: "warning",
    SyncState.ERROR: "danger",
}
_WHO = StaffWho(may_write_agents)


class SyncOnPage(TetherAdmin):
    """What the page of an agent has of its provider."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.sync_view))
        return [path("<path:object_id>/sync/", view, name="calls_prompt_sync"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        prompt: Prompt | None = context.get("original")
        if prompt is not None:
            context["sync_box"] = {
                "provider": agents_provider().label,
                "state": prompt.get_sync_state_display() or "Never synced",
                "colour": COLOURS.get(prompt.sync_state, "default"),
                "error": prompt.sync_error,
                "at": moment(prompt.synced_at) if prompt.synced_at else "",
                "address": _address(prompt) if _WHO.includes(request.user) else "",
            }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def sync_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Sync it; where both differ, ask which of them is to stay."""
        refuse_nul(request)
        prompt: Prompt | None = self.get_object(request, object_id) if _WHO.includes(request.user) else None
        if prompt is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        user: Any = request.user
        keep = request.POST.get("keep", "")
        try:
            synced = sync_agent(
                organization_id=prompt.organization_id,
                prompt_id=prompt.pk,
                url_of=lambda path: absolute_url(request, path),
                keep=Keep(keep) if keep in list(Keep) else None,
                by=user,
            )
        except TetherError as error:
            messages.error(request, f"{error.message}.")
            return HttpResponseRedirect(page_of(prompt))
        if synced.differences:
            return self._ask(request, prompt, synced.differences)
        self.log_change(request, prompt, f"Synced{f', {keep} kept' if keep else ''}.")
        messages.success(request, f"The agent and the one at {agents_provider().label} are the same.")
        return HttpResponseRedirect(page_of(prompt))

    def _ask(self, request: HttpRequest, prompt: Prompt, differences: list[Difference]) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{prompt} is another one at {agents_provider().label}",
            "provider": agents_provider().label,
            "prompt": prompt,
            "differences": [(each.field, marked(str(each.theirs or ""), str(each.ours or ""))) for each in differences],
            "address": _address(prompt),
            "back": page_of(prompt),
        }
        return TemplateResponse(request, "admin/calls/prompt/differences.html", context)


def _address(prompt: Prompt) -> str:
    return reverse("admin:calls_prompt_sync", args=[prompt.pk])
