"""Mentions: the notes in which colleagues have named whoever looks at the page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts.models import ContactNote, NoteMention
from contacts.services.mentions import see_mentions
from tether_calls.accounts.sight import calls_seen, sight_of
from tether_calls.common.admin import TetherAdmin
from tether_calls.common.admin.display import labelled, moment, page_at, page_of

_SHOWN = 160


@admin.register(NoteMention)
class NoteMentionAdmin(TetherAdmin):
    """One's own only, of whatever organization a superuser looks at."""

    organization_path = "note__organization"
    shows_organization = False
    come_from = "Who writes @ and your name in a note mentions you."
    list_display = ("what", "state", "author", "about", "at")
    list_select_related = ("note__user", "note__contact")
    list_filter = ("is_seen",)
    search_fields = ("note__note__icontains",)
    search_help_text = "Words of the note"
    page_select_related = ("note",)
    ordering = ("-note",)
    fieldsets = ((None, {"fields": ()}),)
    actions = ("mark_as_seen",)

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        user: Any = request.user
        rows = super().rows(request).filter(user_id=user.pk)
        sight = sight_of(user)
        if sight is None:
            return rows
        return rows.filter(Q(note__call_id=None) | Q(note__call_id__in=calls_seen(sight)))

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """Opened, it is seen, and leads to where the note stands."""
        mention: NoteMention | None = self.get_object(request, object_id or "")
        if mention is None or request.method != "GET":
            return super().changeform_view(request, object_id, *args, **kwargs)
        user: Any = request.user
        see_mentions(user=user, mention_ids=[mention.pk])
        return HttpResponseRedirect(_place_of(mention.note))

    @admin.action(description="Mark as seen")
    def mark_as_seen(self, request: HttpRequest, queryset: QuerySet[NoteMention]) -> HttpResponseBase | None:
        user: Any = request.user
        seen = see_mentions(user=user, mention_ids=list(queryset.values_list("pk", flat=True)))
        self.message_user(request, f"{seen} marked as seen.")
        return None

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Note")
    def what(self, mention: NoteMention) -> SafeString:
        text = mention.note.note
        return format_html('<bdi dir="auto">{}</bdi>', text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")

    @labelled("", {"New": "info"})
    def state(self, mention: NoteMention) -> str:
        return "Seen" if mention.is_seen else "New"

    @admin.display(description="By")
    def author(self, mention: NoteMention) -> SafeString:
        user = mention.note.user
        name = mention.note.get_type_display() if user is None else user.full_name or user.email
        return format_html('<bdi dir="auto">{}</bdi>', name)

    @admin.display(description="Contact")
    def about(self, mention: NoteMention) -> SafeString:
        return format_html('<bdi dir="auto">{}</bdi>', mention.note.contact)

    @admin.display(description="Written")
    def at(self, mention: NoteMention) -> str:
        return moment(mention.note.created_at)


def _place_of(note: ContactNote) -> str:
    row = page_of(note.contact) if note.call_id is None else page_at("calls.call", note.call_id)
    return f"{row}#note-{note.pk}"
