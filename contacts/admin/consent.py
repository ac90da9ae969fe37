"""Consents: written down, revoked, and never changed nor deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.admin.file_forms import ExportForm, FilesByRole, UploadForm
from contacts.consent_csv import LINE_MAX, written_consents
from contacts.do_not_call_csv import NotALine, lines_of
from contacts.models import CallPurpose, Consent, ConsentBasis, ConsentSource
from contacts.selectors import consent_rows
from contacts.services.consents import Given, add_consent, fault_of_times, revoke_consent
from contacts.services.import_consents import ConsentsImported, import_consents
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import labelled, list_at, moment
from tether_calls.common.admin.search import searched_for
from tether_calls.common.phone import WRITTEN_MAX, canonical, digits_to_find
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

# Of the invalid lines of a file, those that are shown; with more the file wants a look first.
_FAULTS_SHOWN = 20


class ConsentsImportForm(UploadForm):
    file_help = (
        "With the columns phone_number, basis, purpose, obtained_at, and expires_at, revoked_at, evidence where there"
        " is something to say; as an export has them. Dates as 2026-05-01; times without an offset are UTC."
    )


class ConsentForm(OrganizationForm):
    # Longer than the column: people write more than is kept.
    phone_number = forms.CharField(
        max_length=WRITTEN_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text="With its country code, such as +1 416 555-0199.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.source = ConsentSource.ADMIN

    def clean_phone_number(self) -> str:
        number = canonical(str(self.cleaned_data["phone_number"]))
        if number is None:
            self.add_error("phone_number", "Write the number with its country code, such as +14165550199.")
        return number or ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("obtained_at") is not None and (fault := fault_of_times(_given(self.cleaned_data))):
            self.add_error(fault[0], f"{fault[1]}.")
        return self.cleaned_data


@admin.register(Consent)
class ConsentAdmin(FilesByRole, TetherAdmin):
    who_views = StaffWho(sees_all_calls)
    who_adds = StaffWho(sees_all_calls)

    form = ConsentForm
    list_display = ("number", "basis_of", "purpose_of", "obtained", "state")
    list_select_related = ("organization",)
    list_filter = (("basis", ChoicesDropdownFilter), ("purpose", ChoicesDropdownFilter), ("created_at", MadeFilter))
    search_fields = ("phone_number__contains",)
    search_help_text = "Number"
    page_select_related = ("organization", "added_by")
    autocomplete_fields = ("organization",)
    fieldsets = (
        (None, {"fields": ("phone_number", "basis", "purpose", "obtained_at", "expires_at", "evidence")}),
        ("History", {"fields": ("source", "added_by", "revoked_at", "created_at")}),
    )
    readonly_fields = ("source", "added_by", "revoked_at", "created_at")
    actions = ("revoke",)
    actions_list = ("import_list", "export_list")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None else fieldsets[:1]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = digits_to_find(search_term) or searched_for(search_term)
        found, has_duplicates = super().get_search_results(request, queryset, text)
        return found, has_duplicates

    def save_model(self, request: HttpRequest, obj: Consent, form: Any, change: bool) -> None:
        consent, _ = add_consent(
            organization_id=obj.organization_id,
            phone_number=obj.phone_number,
            purpose=CallPurpose(obj.purpose),
            given=_given(form.cleaned_data),
            source=ConsentSource.ADMIN,
            added_by_id=request.user.pk,
        )
        obj.pk = consent.pk

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Consent]) -> None:
        rows = list(queryset.values_list("organization_id", "pk"))
        for organization_id, consent_id in rows:
            revoke_consent(organization_id=organization_id, consent_id=consent_id, sight=None)
        self.message_user(request, f"{len(rows)} revoked.", messages.SUCCESS)

    # ---- Files -------------------------------------------------------------------------------------------------

    @action(description="Import", url_path="import", icon="upload", permissions=["add", "file"])  # type: ignore[untyped-decorator]
    def import_list(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for a file, then keep its consents."""
        refuse_nul(request)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = ConsentsImportForm(*sent, user=request.user)
        if not form.is_valid():
            return self._page(request, form, title="Import consents", method="post", button="Import")
        try:
            outcome = import_consents(
                organization_id=form.organization_id,
                lines=lines_of(form.cleaned_data["file"].chunks(), longest=LINE_MAX),
                added_by_id=request.user.pk,
            )
        except NotALine as fault:
            form.add_error("file", f"{fault}.")
            return self._page(request, form, title="Import consents", method="post", button="Import")
        _tell(request, outcome)
        return HttpResponseRedirect(list_at("contacts.consent"))

    @action(description="Export", url_path="export", icon="download", permissions=["view", "file"])  # type: ignore[untyped-decorator]
    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """The consents as CSV; superusers are asked whose."""
        refuse_nul(request)
        form = ExportForm(request.GET or None if request.user.is_superuser else {}, user=request.user)
        if not form.is_valid():
            return self._page(request, form, title="Export consents", method="get", button="Export")
        lines = written_consents(consent_rows(organization_id=form.organization_id, sight=None))
        note_access_in(request, Accessed(kind=AccessKind.EXPORT), organization_id=form.organization_id)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="consents.csv"'
        return response

    def _page(self, request: HttpRequest, form: Any, *, title: str, method: str, button: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "method": method,
            "button": button,
            "back": list_at("contacts.consent"),
        }
        return TemplateResponse(request, "admin/contacts/file.html", context)

    # ---- Columns -----------------------------------------------------------------------------------------------

    @admin.display(description="Number")
    def number(self, consent: Consent) -> str:
        return consent.phone_number

    @admin.display(description="Basis")
    def basis_of(self, consent: Consent) -> str:
        return consent.get_basis_display()

    @admin.display(description="Purpose")
    def purpose_of(self, consent: Consent) -> str:
        return consent.get_purpose_display()

    @admin.display(description="Obtained")
    def obtained(self, consent: Consent) -> str:
        return moment(consent.obtained_at)

    @labelled("State", {"Holds": "success", "Expired": "warning", "Revoked": "danger"})
    def state(self, consent: Consent) -> str:
        if consent.revoked_at is not None:
            return "Revoked"
        return "Holds" if consent.expires_at is None or consent.expires_at > timezone.now() else "Expired"


def _tell(request: HttpRequest, outcome: ConsentsImported) -> None:
    sentence = f"Kept {outcome.added} consents; {outcome.known} lines tell of one that was there already"
    sentence += f", and {outcome.revoked} of these are revoked now." if outcome.revoked else "."
    messages.add_message(request, messages.SUCCESS if outcome.added + outcome.known else messages.ERROR, sentence)
    if outcome.faults:
        shown = "; ".join(f"line {fault.line}: {fault.message}" for fault in outcome.faults[:_FAULTS_SHOWN])
        more = " …" if outcome.invalid > _FAULTS_SHOWN else ""
        messages.warning(request, f"{outcome.invalid} lines are invalid and were left out: {shown}{more}")


def _given(values: dict[str, Any]) -> Given:
    return Given(
        basis=ConsentBasis(values["basis"]) if values.get("basis") else ConsentBasis.EXPRESS,
        obtained_at=values["obtained_at"],
        evidence=values.get("evidence", ""),
        expires_at=values.get("expires_at"),
    )
