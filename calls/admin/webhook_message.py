"""What was sent to partners, attempt by attempt."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import WebhookAttempt, WebhookMessage, WebhookState
from calls.services.webhooks_out.subscriptions import send_again
from tether_calls.accounts.acting import note_access_in, require_reason_in
from tether_calls.accounts.models import Organization
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.accounts.staff_reasons import reason_in
from tether_calls.common.admin import MadeFilter, StaffWho, TetherAdmin, Who
from tether_calls.common.admin.display import NOTHING, json_block, labelled, moment, table
from tether_calls.common.admin.filters import OwnRowsFilter
from tether_calls.common.admin.search import by_identifier
from tether_calls.common.middleware import client_address
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# A day of retries is twenty.
ATTEMPTS_MAX = 100


@admin.register(WebhookMessage)
class WebhookMessageAdmin(TetherAdmin):
    # Rows are of all calls of the organization.
    who_views = StaffWho(sees_all_calls)
    who_sends_again = Who.STAFF

    organization_path = "subscription__organization"
    known_by_id: ClassVar = {"call_id": "calls.call"}
    not_asked_by_address = frozenset({"body"})
    come_from = "A webhook sends one for each event that it is for."
    list_display = ("at", "event_type", "subscription", "state_shown", "attempts", "last_answer", "call")
    list_select_related = ("subscription__organization",)
    page_select_related = ("subscription__organization",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("event_type", ChoicesDropdownFilter),
        ("subscription", OwnRowsFilter),
        ("created_at", MadeFilter),
    )
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "Identifier of a webhook or a call"
    fieldsets = (
        (None, {"fields": (("event_type", "state_shown"), "subscription", "call", "identifier", "at", "next_at")}),
        ("Attempts", {"fields": ("attempts_shown",)}),
        ("Body", {"fields": ("pretty_body",)}),
    )
    readonly_fields = (
        "event_type", "subscription", "identifier", "at", "next_at", "state_shown", "call", "attempts_shown",
        "pretty_body", "organization",
    )  # fmt: skip
    actions = ("send_selected_again",)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        # wall: those of each of the rows below, which are the user's
        attempts = WebhookAttempt.objects.filter(message=OuterRef("pk")).order_by("-pk")
        rows = super().rows(request).defer("subscription__secrets")
        annotated: QuerySet[Any] = rows.annotate(
            last_status=Subquery(attempts.values("status")[:1]),
            last_error=Subquery(attempts.values("error")[:1]),
        )
        return annotated

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return by_identifier(queryset, search_term, "pk", "call_id"), False

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.who_sends_again.includes(request.user)

    @admin.action(description="Send again", permissions=["send"])
    def send_selected_again(self, request: HttpRequest, queryset: QuerySet[WebhookMessage]) -> None:
        chosen = list(queryset)
        for organization_id in {each.subscription.organization_id for each in chosen if each.has_transcript}:
            # Before any of them is sent, since the same are chosen once more afterwards.
            require_reason_in(request, organization_id=organization_id)
        sent = [message for message in chosen if self._send_again(request, message)]
        for message in sent:
            self.log_change(request, message, "Sent again.")
        messages.success(request, f"{len(sent)} will be sent again within seconds.")
        if len(sent) < len(chosen):
            messages.warning(request, f"{len(chosen) - len(sent)} not: the webhook is disabled.")

    def _send_again(self, request: HttpRequest, message: WebhookMessage) -> bool:
        user: Any = request.user
        reason = reason_in(request, organization_id=message.subscription.organization_id)
        return send_again(message=message, by=user, ip=client_address(request), reason=reason)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        message: WebhookMessage = context["original"]
        if message.has_transcript:
            read = Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=message.call_id)
            note_access_in(request, read, organization_id=message.subscription.organization_id)
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    # ---- Columns -----------------------------------------------------------------------------------------------

    @labelled("State", {"Delivered": "success", "Pending": "info", "Given up": "danger"})
    def state_shown(self, message: WebhookMessage) -> str:
        return str(message.get_state_display())

    @admin.display(description="Time")
    def at(self, message: WebhookMessage) -> str:
        return moment(message.created_at, with_seconds=True)

    @admin.display(description="Next attempt")
    def next_at(self, message: WebhookMessage) -> str:
        return moment(message.next_attempt_at) if message.state == WebhookState.PENDING else NOTHING

    @admin.display(description="Last answer")
    def last_answer(self, message: Any) -> str:
        return str(message.last_status or message.last_error or NOTHING)

    @admin.display(description="Call")
    def call(self, message: WebhookMessage) -> SafeString | str:
        return self.link_by_id(message, "call_id")

    @admin.display(description="Organization")
    def organization(self, message: WebhookMessage) -> Organization:
        return message.subscription.organization

    @admin.display(description="")
    def attempts_shown(self, message: WebhookMessage) -> SafeString | str:
        attempts = [
            (
                moment(attempt.started_at, with_seconds=True),
                attempt.status or attempt.error or "cut off, or under way",
                NOTHING if attempt.duration_ms is None else f"{attempt.duration_ms} ms",
                format_html("<code>{}</code>", attempt.response) if attempt.response else NOTHING,
            )
            for attempt in message.attempt_log.order_by("-pk")[:ATTEMPTS_MAX]
        ]
        return table(("Time", "Answer", "Took", "What it said"), attempts) if attempts else NOTHING

    @admin.display(description="")
    def pretty_body(self, message: WebhookMessage) -> SafeString:
        return json_block(json.loads(message.body))
