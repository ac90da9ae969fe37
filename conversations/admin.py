"""Conversations, read-only, with their latest message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.safestring import SafeString

from contacts.admin import contact_ids_matching
from conversations.models import Conversation, Direction, Message
from conversations.selectors import as_seen, messages_seen, of_conversations_seen
from tether_calls.accounts.admin.saved_views import SavedViewsAdmin
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin import FixedOrderChangeList, OwnRowsFilter
from tether_calls.common.admin.display import NOTHING, link, list_at, moment, page_at
from tether_calls.common.sight import Sight

MESSAGES_MAX: Final = 50
# No index has conversations by their latest message: every call would write it. As many can be sorted for each look.
SORTED_MAX: Final = 20_000
_BY_LATEST = (F("last_message_time").desc(nulls_last=True), "-id")
_BY_BEGINNING = ("-id",)
# Where a request keeps it, which asks for it often.
_ORDER: Final = "order_of_conversations"


@dataclass(frozen=True)
class ShownMessage:
    """A message as the page lays it out; `call` is the address of the call that left it.

    `status`: in words; `trouble`: why a text did not arrive, with the carrier's own code.
    """

    message: Message
    side: str
    at: str
    call: str | None
    status: str
    trouble: str


def newest_messages(conversation: Conversation, sight: Sight | None) -> list[ShownMessage]:
    """The newest MESSAGES_MAX that are seen, oldest of them first. One statement."""
    newest = list(messages_seen(conversation, sight).order_by("-id")[:MESSAGES_MAX])
    return [
        ShownMessage(
            message=message,
            side="caller" if message.direction == Direction.INBOUND else "agent",
            at=moment(message.created_at),
            call=page_at("calls.call", message.call_id) if message.call_id else None,
            status=message.status.replace("-", " "),
            trouble=f"{message.error_code.replace('_', ' ')} {message.provider_code}".strip(),
        )
        for message in reversed(newest)
    ]


class ConversationChangeList(FixedOrderChangeList):
    """Of each conversation as much as its reader sees."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        user: Any = request.user
        self.result_list = list(self.result_list)
        as_seen(self.result_list, sight_of(user))


@admin.register(Conversation)
class ConversationAdmin(SavedViewsAdmin):
    come_from = "A contact's first call or text begins one."
    list_display = ("contact_name", "our_number", "latest", "messages", "last", "is_resolved")
    list_select_related = ("contact", "organization")
    list_filter = (("contact", OwnRowsFilter), "is_resolved")
    search_fields = ("contact__phone_number",)  # shows the box; what it does is below
    search_help_text = "Contact's name or number"
    page_select_related = ("contact", "organization", "user")
    fieldsets = ((None, {"fields": (("contact", "our_number"), ("user", "is_resolved"), ("created", "calls"))}),)
    readonly_fields = ("our_number", "created", "calls")
    change_form_template = "admin/conversations/conversation/page.html"

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        return super().rows(request).filter(of_conversations_seen(sight_of(user)))

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """The liveliest first, in one organization; where that would take too long, and in all, the newest first."""
        order: tuple[Any, ...] | None = getattr(request, _ORDER, None)
        if order is None:
            order = self._order_in(self.scope_of(request))
            setattr(request, _ORDER, order)
        return order

    def _order_in(self, organization_id: str | None) -> tuple[Any, ...]:
        """A statement, of an index alone."""
        if organization_id is None:
            return _BY_BEGINNING
        conversations = Conversation.objects.of_organization(organization_id).order_by("-id")
        return _BY_LATEST if conversations[: SORTED_MAX + 1].count() <= SORTED_MAX else _BY_BEGINNING

    def list_context(self, request: HttpRequest, changelist: Any) -> dict[str, Any]:
        context = super().list_context(request, changelist)
        if self.get_ordering(request) is _BY_LATEST:
            return context
        note = "The newest first, by their first call or text."
        if self.scope_of(request) is None:
            note += " Choose an organization to see first what was said last."
        return {**context, "list_note": note}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ConversationChangeList]:
        return ConversationChangeList

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        contact_ids = contact_ids_matching(request, text, organization_id=self.scope_of(request))
        return queryset.filter(contact_id__in=contact_ids), False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        conversation: Conversation = context["original"]
        user: Any = request.user
        as_seen([conversation], sight_of(user))
        context["messages_shown"] = newest_messages(conversation, sight_of(user))
        context["message_count"] = conversation.message_count
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    @admin.display(description="Contact")
    def contact_name(self, conversation: Conversation) -> str:
        return str(conversation.contact)

    @admin.display(description="Our number")
    def our_number(self, conversation: Conversation) -> str:
        return conversation.channel_identifier

    @admin.display(description="Latest message")
    def latest(self, conversation: Conversation) -> str:
        text = conversation.latest_message
        return f"{text[:79]}…" if len(text) > 80 else text or NOTHING

    @admin.display(description="Messages")
    def messages(self, conversation: Conversation) -> int:
        return conversation.message_count

    @admin.display(description="Last")
    def last(self, conversation: Conversation) -> str:
        return moment(conversation.last_message_time)

    @admin.display(description="Created")
    def created(self, conversation: Conversation) -> str:
        return moment(conversation.created_at)

    @admin.display(description="Calls")
    def calls(self, conversation: Conversation) -> SafeString:
        query = f"conversation__id__exact={conversation.pk}"
        return link(list_at("calls.call", query), "Calls of this conversation")
