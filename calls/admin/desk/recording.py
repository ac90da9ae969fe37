"""Pausing the carrier's recording of a call that goes on, from the call's page."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_POST

from calls.models import Call
from calls.services.browser_calls.pause_recording import pause_recording, resume_recording
from tether_calls.common.admin.display import page_of
from tether_calls.common.errors import TetherError

# What is done, and what is said and logged of it.
_WISHES: Final = {
    "pause": (pause_recording, "The recording pauses."),
    "resume": (resume_recording, "The recording goes on."),
}


@require_POST
def recording_view(request: HttpRequest, call_id: str, wish: str) -> HttpResponseBase:
    """As POST /api/calls/{callId}/recording/pause and /resume."""
    calls: Any = admin.site.get_model_admin(Call)
    call: Call | None = calls.get_object(request, call_id)
    if call is None or wish not in _WISHES or not calls.has_view_permission(request, call):
        raise Http404
    change, sentence = _WISHES[wish]
    try:
        change(organization_id=call.organization_id, call_id=call.pk)
    except TetherError as error:
        messages.error(request, f"{error.message}.")
    else:
        calls.log_change(request, call, sentence)
        messages.success(request, sentence)
    return HttpResponseRedirect(page_of(call))
