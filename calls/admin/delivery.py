"""What providers sent us: believed or not, what became of it, and once more."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import Delivery, DeliveryState, VoiceProvider
from calls.providers.registry import endpoints
from calls.selectors.deliveries.delivery_body import readable_body
from calls.services.deliveries.replay import Replays, replay_deliveries
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import ColumnFilter, MadeFilter, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, in_words, json_text, labelled, link_to, moment, page_of
from tether_calls.common.object_id import is_object_id
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

STATE_COLOURS: dict[str, str] = {
    DeliveryState.PROCESSED: "success",
    DeliveryState.IGNORED: "info",
    DeliveryState.RECEIVED: "primary",
    DeliveryState.WAITING: "warning",
    DeliveryState.REFUSED: "warning",
    DeliveryState.FAILED: "danger",
    DeliveryState.INVALID: "danger",
}
# The page waits for them; more than that is for `manage.py replay_deliveries`.
_MOST_AT_ONCE = 50
# Every provider's body with a transcript has this key.
_SAID = '"transcript"'


class ProviderFilter(ColumnFilter):
    title = "provider"
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), label) for value, label in VoiceProvider.choices]


def _words_of_path(path: str) -> str:
    """`calls/twilio/amd` is `Twilio: amd`, `elevenlabs` is `ElevenLabs`."""
    provider, *rest = (part for part in path.split("/") if part != "calls")
    return f"{_label_of(provider)}: {', '.join(rest).replace('-', ' ')}" if rest else _label_of(provider)


class EndpointFilter(ColumnFilter):
    title = "endpoint"
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each.path, _words_of_path(each.path)) for each in endpoints()]


@admin.register(Delivery)
class DeliveryAdmin(TetherAdmin):
    # Rows are of all calls of the organization.
    who_views = StaffWho(sees_all_calls)
    known_by_id: ClassVar = {"call_id": "calls.call"}
    come_from = "What providers send is kept here."
    list_display = ("at", "sender", "what", "outcome", "signature", "of_call", "attempts")
    list_select_related = ("organization",)
    list_filter = (("state", ChoicesDropdownFilter), ProviderFilter, EndpointFilter, ("received_at", MadeFilter))
    search_fields = ("id",)  # shows the box; what it does is below
    search_help_text = "Identifier of a delivery or a call, ours or the provider's"
    not_asked_by_address = frozenset({"body"})
    actions = ("process_again",)
    page_select_related = ("organization", "call")
    # The page is a template of its own: there is no form.
    fieldsets = ((None, {"fields": ()}),)
    change_form_template = "admin/calls/delivery/page.html"

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().rows(request).defer("body")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        # With the provider, which the index begins with.
        found = Q(provider__in=VoiceProvider.values, provider_call_id=text)
        if is_object_id(text):
            found |= Q(pk=text) | Q(call_id=text)
        return queryset.filter(found), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self.again_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<path:object_id>/again/", again, name="calls_delivery_again"), *urls]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        delivery: Delivery = context["original"]
        body = readable_body(delivery.pk)
        if delivery.organization_id is not None and _SAID in body:
            read = Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=delivery.call_id)
            note_access_in(request, read, organization_id=delivery.organization_id)
        context |= {
            "delivery": delivery,
            "has_heading": True,
            "state_colour": STATE_COLOURS.get(delivery.state),
            "facts": _facts(delivery),
            "headers": json_text(delivery.headers),
            "body": body,
            "title": "Delivery",
            "subtitle": str(delivery),
        }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    # ---- Once more ---------------------------------------------------------------------------------------------

    @admin.action(description="Process again")
    def process_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        ids = list(queryset.order_by("id").values_list("pk", flat=True)[: _MOST_AT_ONCE + 1])
        if len(ids) > _MOST_AT_ONCE:
            text = f"At most {_MOST_AT_ONCE} at once; for more there is manage.py replay_deliveries."
            messages.error(request, text)
            return
        _tell(request, replay_deliveries(delivery_ids=ids))

    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        delivery = self.get_object(request, object_id)
        if delivery is None or not self.has_view_permission(request, delivery):
            raise Http404
        _tell(request, replay_deliveries(delivery_ids=[delivery.pk]))
        return HttpResponseRedirect(page_of(delivery))

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Received")
    def at(self, delivery: Delivery) -> str:
        return moment(delivery.received_at, with_seconds=True)

    @admin.display(description="Provider")
    def sender(self, delivery: Delivery) -> str:
        return _label_of(delivery.provider)

    @admin.display(description="What")
    def what(self, delivery: Delivery) -> str:
        return in_words(delivery.kind) or NOTHING

    @admin.display(description="Signature")
    def signature(self, delivery: Delivery) -> str:
        return in_words(delivery.verdict)

    @labelled("State", STATE_COLOURS)
    def outcome(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @admin.display(description="Call")
    def of_call(self, delivery: Delivery) -> SafeString | str:
        if delivery.call_id is None:
            return delivery.provider_call_id or NOTHING
        return self.link_by_id(delivery, "call_id")


def _label_of(provider: str) -> str:
    return dict(VoiceProvider.choices).get(provider, provider)


def _facts(delivery: Delivery) -> list[tuple[str, str | SafeString]]:
    facts: list[tuple[str, str | SafeString]] = [
        ("Call", link_to(delivery.call)),
        ("Call, at the provider", delivery.provider_call_id),
        ("Organization", str(delivery.organization or "")),
        ("Signature", in_words(delivery.verdict)),
        ("Error", delivery.error),
        ("Address called", delivery.url),
        ("Content type", delivery.content_type),
        ("Attempts", str(delivery.attempts)),
        ("Received", moment(delivery.received_at, with_seconds=True)),
        ("Processed", moment(delivery.processed_at, with_seconds=True)),
        ("Identifier", delivery.pk),
    ]
    return [(name, value) for name, value in facts if value not in ("", NOTHING)]


def _tell(request: HttpRequest, replays: Replays) -> None:
    labels: Counter[str] = Counter({DeliveryState(state).label: count for state, count in replays.states.items()})
    counts = ", ".join(f"{count} {label.lower()}" for label, count in sorted(labels.items()))
    level = messages.ERROR if replays.failed else messages.SUCCESS
    messages.add_message(request, level, f"Processed again: {counts or 'nothing'}.")
