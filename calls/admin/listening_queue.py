"""Listening queues: which calls are to be heard, how far that is, and the next one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from calls.models import ListeningQueue
from calls.selectors.review.queues import progress_of
from calls.services.review.listening_queues import create_queue, update_queue
from calls.services.review.queue_turns import finish_turn, leave_queue, next_call
from calls.services.review.score_call import may_review
from tether_calls.common.admin import StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import list_at, page_at, page_of
from tether_calls.common.errors import TetherError


@admin.register(ListeningQueue)
class ListeningQueueAdmin(TetherAdmin):
    """For those who review calls."""

    who_views = who_adds = who_changes = StaffWho(may_review)
    list_display = ("name", "per_agent", "strata", "is_shared", "is_archived")
    list_select_related = ("organization",)
    list_filter = ("is_archived",)
    search_fields = ("name",)
    search_help_text = "Name"
    ordering = ("key",)
    page_select_related = ("organization",)
    autocomplete_fields = ("tag", "disposition")
    fieldsets = (
        (None, {"fields": ("name", "per_agent", "strata", "is_shared", "is_archived")}),
        ("Of which calls", {"fields": ("direction", "least_seconds", "tag", "disposition")}),
    )
    change_form_template = "admin/calls/listeningqueue/page.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.next_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<path:object_id>/next/", view, name="calls_listeningqueue_next"), *urls]

    def save_model(self, request: HttpRequest, obj: ListeningQueue, form: Any, change: bool) -> None:
        user: Any = request.user
        values = {name: form.cleaned_data[name] for name in form.changed_data if name != "organization"}
        if change:
            update_queue(user=user, organization_id=obj.organization_id, queue_id=obj.pk, changes=values)
        else:
            made = create_queue(user=user, organization_id=obj.organization_id, values=values)
            obj.pk, obj._state.adding = made.pk, False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        queue: ListeningQueue | None = context.get("original")
        if queue is not None:
            user: Any = request.user
            context["progress"] = progress_of(queue, user)
            context["drawn_at"] = list_at("calls.call", f"queue={queue.pk}")
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def next_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Be done with a call, if one is named, then go on to the next one, or back to the queue without one."""
        refuse_nul(request)
        queue: ListeningQueue | None = self.get_object(request, object_id)
        if queue is None or not self.has_view_permission(request):
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        user: Any = request.user
        whose = {"user": user, "organization_id": queue.organization_id, "queue_id": queue.pk}
        try:
            if "leave" in request.POST:
                leave_queue(**whose)
                return HttpResponseRedirect(page_of(queue))
            if call_id := request.POST.get("call"):
                finish_turn(**whose, call_id=call_id, is_skipped="skip" in request.POST)
            queued = next_call(**whose)
        except TetherError as refused:
            messages.error(request, f"{refused.message}.")
            return HttpResponseRedirect(page_of(queue))
        if queued is None:
            messages.success(request, "There is no call left to be heard here: the next ones are drawn tomorrow.")
            return HttpResponseRedirect(page_of(queue))
        return HttpResponseRedirect(page_at("calls.call", queued.call_id))
