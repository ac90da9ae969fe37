"""Conversations, read-only, with their latest message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
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

MESSAGES_MAX = 50


@dataclass(frozen=True)
class ShownMessage:
    """A message as the page lays it out; `call` is the address of the call that left it.

    `trouble`: why a text did not arrive, with the carrier's own code.
    """

    message: Message
    side: str
    at: str
    call: str | None
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
