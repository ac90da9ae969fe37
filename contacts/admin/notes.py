"""Notes on a page of the admin: read, written, changed and deleted where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST
from unfold.widgets import UnfoldAdminTextareaWidget

from contacts.models import ContactNote, NoteType
from contacts.models.contact_note import MAX_NOTE
from contacts.services.mentions import mentioned_in
from contacts.services.notes import delete_note, may_write_note, rewrite_note
from tether_calls.accounts.models import User
from tether_calls.common.admin import TetherAdmin, refuse_nul
from tether_calls.common.admin.display import moment, page_at, page_of
from tether_calls.common.errors import TetherError

# A row may have thousands: its page shows the newest.
NOTES_MAX = 50
_SUGGESTED = 8
_BOX = "admin/contacts/notes.html"


@dataclass(frozen=True)
class ShownNote:
    """`call` is the address of its call, where the page is not that call's; `change` where it is changed, if it may."""

    id: str
    text: str
    author: str
    at: str
    kind: str
    is_edited: bool
    call: str
    change: str


@dataclass(frozen=True)
class NotesBox:
    """`add`: where a new note is sent, empty where none can be; `people`: where whom one can mention is asked for."""

    notes: list[ShownNote]
    add: str
    people: str
    most: int = MAX_NOTE


class NoteForm(forms.Form):
    note = forms.CharField(max_length=MAX_NOTE, widget=UnfoldAdminTextareaWidget)


class NotesOnPage(TetherAdmin):
    """A page with notes of a contact; whose they are, and what is new of them, its subclass says."""

    # Whether each note says of which call it is.
    names_calls: ClassVar[bool]

    def notes_of(self, row: Any, user: User) -> Sequence[ContactNote]:
        """The newest NOTES_MAX that the user sees, and who wrote them."""
        raise NotImplementedError

    def may_note(self, row: Any) -> bool:
        """Whether there is anybody whom a note could be of."""
        raise NotImplementedError

    def write(self, row: Any, *, user: User, note: str, mentions: Sequence[str]) -> object:
        """Keep a new note. Raises TetherError."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        return [
            self._route("notes/", "notes", require_POST(self.add_note)),
            self._route("notes/<str:note_id>/", "note", require_POST(self.change_note)),
            self._route("people/", "people", require_GET(self.people)),
            *urls,
        ]

    def _route(self, route: str, name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        full = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        found: URLPattern = path(f"<path:object_id>/{route}", self.admin_site.admin_view(view), name=full)
        return found

    def _address(self, name: str, *args: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        row = context.get("original")
        if row is not None:
            context["notes_box"] = self._box(request, row)
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    # ---- What is sent from the page --------------------------------------------------------------------------------

    def add_note(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Keep a note; whom it names with an @ it mentions."""

        def add(row: Any, user: User) -> None:
            note = _written(request)
            mentions = mentioned_in(note, organization_id=row.organization_id)
            self.write(row, user=user, note=note, mentions=mentions)

        return self._do(request, object_id, add)

    def change_note(self, request: HttpRequest, object_id: str, note_id: str) -> HttpResponseBase:
        """Change a note, or delete it."""

        def change(row: Any, user: User) -> None:
            if "delete" in request.POST:
                delete_note(user=user, organization_id=row.organization_id, note_id=note_id)
                return
            rewrite_note(user=user, organization_id=row.organization_id, note_id=note_id, note=_written(request))

        return self._do(request, object_id, change)

    def people(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Users of the row's organization whose name or address begins with `q`, for whoever writes an @."""
        refuse_nul(request)
        row = self.get_object(request, object_id)
        if row is None:
            return JsonResponse({"people": []}, status=404)
        begun = request.GET.get("q", "")[:100]
        users = User.objects.of_organization(row.organization_id).filter(is_active=True)
        if begun:
            users = users.filter(Q(full_name__istartswith=begun) | Q(email__istartswith=begun))
        found = users.order_by("full_name", "email").values_list("full_name", "email")[:_SUGGESTED]
        return JsonResponse({"people": [{"name": name or email, "email": email} for name, email in found]})

    def _do(self, request: HttpRequest, object_id: str, what: Callable[[Any, User], None]) -> HttpResponseBase:
        """Do it, then answer with the notes as they are now: to HTMX as a part of the page, else as the page."""
        refuse_nul(request)
        row = self.get_object(request, object_id)
        if row is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        user: Any = request.user
        error = ""
        try:
            what(row, user)
        except TetherError as refused:
            error = f"{refused.message}."
        if "HX-Request" in request.headers:
            context = {"notes_box": self._box(request, row), "error": error, "unsaved": request.POST if error else {}}
            return TemplateResponse(request, _BOX, context)
        if error:
            messages.error(request, error)
        return HttpResponseRedirect(f"{page_of(row)}#notes")

    def _box(self, request: HttpRequest, row: Any) -> NotesBox:
        user: Any = request.user
        return NotesBox(
            notes=[
                self._shown(row, note, may_change=may_write_note(user, note))
                for note in self.notes_of(row, user)
                # A call's own summary is on its page already.
                if self.names_calls or note.type != NoteType.AI_SUMMARY or note.is_of_tool or note.is_edited
            ],
            add=self._address("notes", row.pk) if self.may_note(row) else "",
            people=self._address("people", row.pk),
        )

    def _shown(self, row: Any, note: ContactNote, *, may_change: bool) -> ShownNote:
        return ShownNote(
            id=note.pk,
            text=note.note,
            author="" if note.user is None else note.user.full_name or note.user.email,
            at=moment(note.created_at),
            kind=note.get_type_display(),
            is_edited=note.is_edited,
            call=page_at("calls.call", note.call_id) if self.names_calls and note.call_id is not None else "",
            change=self._address("note", row.pk, note.pk) if may_change else "",
        )


def _written(request: HttpRequest) -> str:
    """Raises VALIDATION_ERROR."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise TetherError.of_field("note", str(form.errors["note"][0]).rstrip("."))
    note: str = form.cleaned_data["note"]
    return note
