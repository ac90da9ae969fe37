"""What persons on the other side of calls have asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.documents.handed_out import archive_of
from calls.models import PrivacyRequest, PrivacyState
from calls.services.exports.discard import export_files
from calls.services.privacy.ask import ask
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin, WrittenNumberField
from tether_calls.common.admin.display import NOTHING, labelled, link, link_to, moment, table

_STATES = {"Queued": "info", "Running": "warning", "Done": "success", "Failed": "danger"}


class RequestForm(OrganizationForm):
    phone_number = WrittenNumberField(help_text="Of the person, with its country code, such as +1 416 555-0199.")


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = RequestForm
    list_display = ("at", "kind", "number", "stands", "due", "asked_by")
    list_select_related = ("organization", "requested_by")
    page_select_related = ("organization", "requested_by")
    list_filter = (("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), ("created_at", MadeFilter))
    autocomplete_fields = ("organization",)
    fieldsets = (
        (None, {"fields": ("at", ("kind", "number"), ("stands", "finished"), ("due", "asked_by"), "files")}),
        ("Places", {"fields": ("found",)}),
    )
    add_fieldsets = ((None, {"fields": ("kind", "phone_number")}),)
    readonly_fields: ClassVar[Sequence[str]] = (
        *("at", "number", "stands", "due", "asked_by", "finished", "found", "files"),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/certificate/", view(self.certificate_view), name="calls_privacyrequest_certificate"),
            path("<path:object_id>/archive/", view(self.archive_view), name="calls_privacyrequest_archive"),
            *super().get_urls(),
        ]

    def certificate_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The certificate, byte by byte as it was signed."""
        asked = self._done(request, object_id)
        if asked is None:
            return self._unknown(request, object_id)
        answer = HttpResponse(asked.certificate, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="certificate-{asked.pk}.json"'
        return answer

    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """To the ZIP, by an address that works for ten minutes from now."""
        asked = self._done(request, object_id)
        if asked is None or not asked.file:
            return self._unknown(request, object_id)
        user: Any = request.user
        note_access_in(request, archive_of(asked, to=user.pk), organization_id=asked.organization_id)
        return HttpResponseRedirect(export_files().url(asked.file))

    def _done(self, request: HttpRequest, object_id: str) -> PrivacyRequest | None:
        asked: PrivacyRequest | None = self.get_object(request, object_id)
        is_shown = asked is not None and self.has_view_permission(request, asked)
        return asked if asked is not None and is_shown and asked.state == PrivacyState.DONE else None

    def _unknown(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return unknown

    def save_model(self, request: HttpRequest, obj: PrivacyRequest, form: Any, change: bool) -> None:
        user: Any = request.user
        asked = ask(user=user, organization_id=obj.organization_id, kind=obj.kind, phone_number=obj.phone_number)
        obj.pk, obj._state.adding, obj.shown = asked.pk, False, asked.shown

    @admin.display(description="Asked")
    def at(self, asked: PrivacyRequest) -> str:
        return moment(asked.created_at)

    @admin.display(description="Number ends in")
    def number(self, asked: PrivacyRequest) -> str:
        return asked.shown

    @labelled("State", _STATES)
    def stands(self, asked: PrivacyRequest) -> str:
        return asked.get_state_display()

    @admin.display(description="Due")
    def due(self, asked: PrivacyRequest) -> str:
        return moment(asked.due_at)

    @admin.display(description="Finished")
    def finished(self, asked: PrivacyRequest) -> str:
        return moment(asked.finished_at)

    @admin.display(description="By")
    def asked_by(self, asked: PrivacyRequest) -> SafeString | str:
        return link_to(asked.requested_by)

    @admin.display(description="Files")
    def files(self, asked: PrivacyRequest) -> SafeString | str:
        if asked.state != PrivacyState.DONE:
            return NOTHING
        shown = [link(reverse("admin:calls_privacyrequest_certificate", args=[asked.pk]), "Certificate")]
        if asked.file:
            shown.append(link(reverse("admin:calls_privacyrequest_archive", args=[asked.pk]), "Export"))
        return format_html_join(" · ", "{}", ((each,) for each in shown))

    @admin.display(description="Found, erased, kept")
    def found(self, asked: PrivacyRequest) -> SafeString | str:
        rows = [entry for entry in asked.places if entry["found"]]
        if not rows:
            return NOTHING if asked.state in PrivacyRequest.UNFINISHED else "Nothing was found."
        return table(
            ("Place", "Found", "Erased", "Kept", "Why"),
            ((row["title"], row["found"], row["done"], row["kept"], row["why"] or NOTHING) for row in rows),
        )
