"""On the page of the account with the agents' provider: our tools there, and the button that syncs them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from calls.models import RegisteredToolState, VoiceAccount
from calls.providers.registry import agents_provider
from calls.selectors.agent_calls.prompts import synced_prompts
from calls.selectors.agent_sync.registered_tools import registered_tools_of
from calls.services.agent_sync.sync_tools import sync_tools
from tether_calls.accounts.roles import may_configure_telephony
from tether_calls.common.admin import StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import moment, page_of
from tether_calls.common.errors import TetherError
from tether_calls.common.urls import absolute_url

_COLOURS: dict[str, str] = {
    RegisteredToolState.SYNCED: "success",
    RegisteredToolState.ASKED: "warning",
    RegisteredToolState.FAILED: "danger",
}
# As POST /api/calls/voice-ai/tools/sync.
_WHO = StaffWho(may_configure_telephony)


class ToolsOnPage(TetherAdmin):
    """What the page of an account has of tools."""

    change_form_template = "admin/calls/voiceaccount/page.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.sync_tools_view))
        return [path("<path:object_id>/sync-tools/", view, name="calls_voiceaccount_sync_tools"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        account: VoiceAccount | None = context.get("original")
        if account is not None and account.provider == agents_provider().name:
            context["tools_box"] = _box(account, may_sync=_WHO.includes(request.user))
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def sync_tools_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Register the tools, and give those that are ticked to the agent that is chosen."""
        refuse_nul(request)
        account: VoiceAccount | None = self.get_object(request, object_id) if _WHO.includes(request.user) else None
        if account is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        agent_id = request.POST.get("agent", "")
        try:
            synced = sync_tools(
                organization_id=account.organization_id,
                url_of=lambda path: absolute_url(request, path),
                agent_id=agent_id or None,
                tools=request.POST.getlist("tools") if agent_id else None,
            )
        except TetherError as error:
            messages.error(request, f"{error.message}.")
        else:
            done = f"{len(synced.tools)} tools are registered."
            if synced.agent is not None:
                done += f" “{synced.agent}” has {len(synced.agent.tools.split())} of them."
            self.log_change(request, account, f"Synced tools: {done}")
            messages.success(request, done)
        return HttpResponseRedirect(page_of(account))


def _box(account: VoiceAccount, *, may_sync: bool) -> dict[str, Any]:
    rows = registered_tools_of(account.organization_id)
    tools = []
    for each in agents_provider().tools():
        row = rows.get(each.tool.name)
        shown = {"name": each.tool.name, "row": row}
        if row is not None:
            shown |= {"colour": _COLOURS[row.state], "at": moment(row.synced_at) if row.synced_at else ""}
        tools.append(shown)
    box: dict[str, Any] = {"tools": tools}
    if may_sync:
        box["address"] = reverse("admin:calls_voiceaccount_sync_tools", args=[account.pk])
        box["agents"] = synced_prompts(account.organization_id)
    return box
