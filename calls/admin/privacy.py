"""How long calls are kept, what holds them, and what persons have asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldBooleanSwitchWidget

from calls.documents.handed_out import archive_of
from calls.models import LegalHold, PrivacyRequest, PrivacyState, RetentionRule
from calls.services.exports.discard import export_files
from calls.services.privacy.ask import ask
from calls.services.privacy.keep_rules import Rule, preview, rules_of, set_rules
from calls.services.privacy.legal_holds import place_hold, release_hold
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin, WrittenNumberField
from tether_calls.common.admin.display import NOTHING, labelled, link, link_to, moment

_STATES = {"Queued": "info", "Running": "warning", "Done": "success", "Failed": "danger"}


class RetentionForm(OrganizationForm):
    """Shorter times erase at once what is past them: how much that is has to be seen first."""

    is_confirmed = forms.BooleanField(
        required=False,
        label="Erase what is past these times",
        help_text="How much that is by now is said when you save.",
        widget=UnfoldBooleanSwitchWidget,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        organization = cleaned.get("organization")
        organization_id = organization.pk if organization is not None else self.instance.organization_id
        if organization_id is None or self.errors or cleaned.get("is_confirmed"):
            return cleaned
        agent = cleaned.get("agent")
        rules = rules_of(organization_id)
        counted = preview(
            organization_id=organization_id,
            rule=Rule(
                agent_id=agent.pk if agent is not None else None,
                audio_days=cleaned.get("audio_days"),
                transcript_days=cleaned.get("transcript_days"),
                call_days=cleaned.get("call_days"),
            ),
            others=[rule.agent_id for rule in rules if rule.agent_id is not None],
        )
        if counted.audio or counted.transcript or counted.call:
            self.add_error(
                "is_confirmed",
                f"Within the hour {counted.audio:,} calls would lose their recordings, {counted.transcript:,} their"
                f" words, and {counted.call:,} would name nobody any more. Nothing brings that back.",
            )
        return cleaned


@admin.register(RetentionRule)
class RetentionRuleAdmin(TetherAdmin):
    who_views = who_adds = who_changes = who_deletes = StaffWho(may_handle_privacy)
    form = RetentionForm
    list_display = ("of_what", "storage_mode", "audio", "transcript", "call")
    list_select_related = ("organization", "agent")
    page_select_related = ("organization", "agent")
    fieldsets = (
        (None, {"fields": ("agent", "storage_mode")}),
        ("Days, from the start of a call", {"fields": ("audio_days", "transcript_days", "call_days", "is_confirmed")}),
    )

    def save_model(self, request: HttpRequest, obj: RetentionRule, form: Any, change: bool) -> None:
        self._set(request, obj, with_it=True)
        kept = RetentionRule.objects.of_organization(obj.organization_id).get(agent_id=obj.agent_id)
        obj.pk, obj._state.adding = kept.pk, False

    def delete_model(self, request: HttpRequest, obj: RetentionRule) -> None:
        self._set(request, obj, with_it=False)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for rule in queryset:
            self.delete_model(request, rule)

    def _set(self, request: HttpRequest, obj: RetentionRule, *, with_it: bool) -> None:
        user: Any = request.user
        others = [rule for rule in rules_of(obj.organization_id) if rule.pk != obj.pk and rule.agent_id != obj.agent_id]
        rows = [*others, obj] if with_it else others
        rules = [
            Rule(
                agent_id=row.agent_id,
                storage_mode=row.storage_mode,
                audio_days=row.audio_days,
                transcript_days=row.transcript_days,
                call_days=row.call_days,
            )
            for row in rows
        ]
        set_rules(user=user, organization_id=obj.organization_id, rules=rules)

    @admin.display(description="Calls")
    def of_what(self, rule: RetentionRule) -> str:
        return f"Of {rule.agent}" if rule.agent is not None else "All others"

    @admin.display(description="Recordings")
    def audio(self, rule: RetentionRule) -> str:
        return _days(rule.audio_days)

    @admin.display(description="Words")
    def transcript(self, rule: RetentionRule) -> str:
        return _days(rule.transcript_days)

    @admin.display(description="Whose it was")
    def call(self, rule: RetentionRule) -> str:
        return _days(rule.call_days)


class HoldForm(OrganizationForm):
    phone_number = WrittenNumberField(required=False, help_text="Of the scope Number.")


@admin.register(LegalHold)
class LegalHoldAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = HoldForm
    list_display = ("at", "scope", "covers", "reason", "state")
    list_select_related = ("organization", "placed_by")
    page_select_related = ("organization", "placed_by", "released_by")
    list_filter = (("scope", ChoicesDropdownFilter), ("created_at", MadeFilter))
    actions = ("release",)
    readonly_fields = ("at", "covers", "state", "by")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return ((None, {"fields": ("at", ("scope", "covers"), "reason", ("state", "by"))}),)
        return ((None, {"fields": ("scope", "phone_number", "contact_id", "call_id", "begins", "ends", "reason")}),)

    def save_model(self, request: HttpRequest, obj: LegalHold, form: Any, change: bool) -> None:
        user: Any = request.user
        hold = place_hold(
            user=user,
            organization_id=obj.organization_id,
            scope=obj.scope,
            reason=obj.reason,
            contact_id=obj.contact_id,
            call_id=obj.call_id,
            phone_number=obj.phone_number,
            begins=obj.begins,
            ends=obj.ends,
        )
        obj.pk, obj._state.adding = hold.pk, False

    @admin.action(description="Release")
    def release(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> None:
        user: Any = request.user
        holds = list(queryset)
        for hold in holds:
            release_hold(user=user, organization_id=hold.organization_id, hold_id=hold.pk)
        messages.success(request, f"{len(holds)} released: what they covered may be erased again.")

    @admin.display(description="Placed")
    def at(self, hold: LegalHold) -> str:
        return moment(hold.created_at)

    @admin.display(description="Covers")
    def covers(self, hold: LegalHold) -> str:
        if hold.begins is not None and hold.ends is not None:
            return f"{moment(hold.begins)} to {moment(hold.ends)}"
        return hold.phone_number or hold.contact_id or hold.call_id or NOTHING

    @labelled("State", {"Placed": "warning", "Released": "info"})
    def state(self, hold: LegalHold) -> str:
        return "Placed" if hold.released_at is None else "Released"

    @admin.display(description="By")
    def by(self, hold: LegalHold) -> SafeString | str:
        return link_to(hold.placed_by)


class RequestForm(OrganizationForm):
    phone_number = WrittenNumberField(help_text="Of the person, with its country code, such as +1 416 555-0199.")


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = RequestForm
    list_display = ("at", "kind", "shown", "stands", "due", "asked_by")
    list_select_related = ("organization", "requested_by")
    page_select_related = ("organization", "requested_by")
    list_filter = (("kind", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter), ("created_at", MadeFilter))
    readonly_fields: ClassVar[Sequence[str]] = ("at", "stands", "due", "asked_by", "finished", "found", "files")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("kind", "phone_number")}),)
        return (
            (None, {"fields": ("at", ("kind", "shown"), ("stands", "finished"), ("due", "asked_by"), "files")}),
            ("Places", {"fields": ("found",)}),
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
        lines = format_html_join(
            "",
            "<tr><th scope='row'>{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            ((row["title"], row["found"], row["done"], row["kept"], row["why"]) for row in rows),
        )
        head = "<tr><th scope='col'>Place</th><th scope='col'>Found</th><th scope='col'>Erased</th>"
        head += "<th scope='col'>Kept</th><th scope='col'>Why</th></tr>"
        return format_html("<table><thead>{}</thead><tbody>{}</tbody></table>", SafeString(head), lines)


def _days(days: int | None) -> str:
    return "For ever" if days is None else f"{days:,} days"
