"""Consents: written down, revoked, and never changed nor deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from contacts.admin.file_forms import UploadForm
from contacts.admin.lists_as_files import NumbersAdmin, tell_faults
from contacts.admin.number_forms import NumberForm
from contacts.consent_csv import LINE_MAX, written_consents
from contacts.do_not_call_csv import NotALine, lines_of
from contacts.models import CallPurpose, Consent, ConsentBasis, ConsentSource
from contacts.selectors.consents import consent_rows
from contacts.services.consents import Given, add_consent, fault_of_times, revoke_consent
from contacts.services.import_consents import ConsentsImported, import_consents
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, StaffWho, refuse_nul
from tether_calls.common.admin.display import labelled, list_at, moment


class ConsentsImportForm(UploadForm):
    file_help = (
        "With the columns phone_number, basis, purpose, obtained_at, and expires_at, revoked_at, evidence where there"
        " is something to say; as an export has them. Dates as 2026-05-01; times without an offset are UTC."
    )


class ConsentForm(NumberForm):
    source = ConsentSource.ADMIN

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("obtained_at") is not None and (fault := fault_of_times(_given(self.cleaned_data))):
            self.add_error(fault[0], f"{fault[1]}.")
        return self.cleaned_data


@admin.register(Consent)
class ConsentAdmin(NumbersAdmin):
    who_views = StaffWho(sees_all_calls)
    who_adds = StaffWho(sees_all_calls)

    form = ConsentForm
    list_display = ("number", "basis_of", "purpose_of", "obtained", "state")
    list_select_related = ("organization",)
    list_filter = (("basis", ChoicesDropdownFilter), ("purpose", ChoicesDropdownFilter), ("created_at", MadeFilter))
    page_select_related = ("organization", "added_by")
    fieldsets = (
        (None, {"fields": ("phone_number", "basis", "purpose", "obtained_at", "expires_at", "evidence")}),
        ("History", {"fields": ("source", "added_by", "revoked_at", "created_at")}),
    )
    readonly_fields = ("source", "added_by", "revoked_at", "created_at")
    actions = ("revoke",)

    def save_model(self, request: HttpRequest, obj: Consent, form: Any, change: bool) -> None:
        consent, _ = add_consent(
            organization_id=obj.organization_id,
            phone_number=obj.phone_number,
            purpose=CallPurpose(obj.purpose),
            given=_given(form.cleaned_data),
            source=ConsentSource.ADMIN,
            added_by_id=request.user.pk,
            # The page is for those who see all calls.
            sight=None,
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
            return self.import_page(request, form, title="Import consents")
        try:
            outcome = import_consents(
                organization_id=form.organization_id,
                lines=lines_of(form.cleaned_data["file"].chunks(), longest=LINE_MAX),
                added_by_id=request.user.pk,
                sight=None,
            )
        except NotALine as fault:
            form.add_error("file", f"{fault}.")
            return self.import_page(request, form, title="Import consents")
        _tell(request, outcome)
        return HttpResponseRedirect(list_at("contacts.consent"))

    @action(description="Export", url_path="export", icon="download", permissions=["view", "file"])  # type: ignore[untyped-decorator]
    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """The consents as CSV; superusers are asked whose."""
        refuse_nul(request)
        form = self.export_form(request)
        if not form.is_valid():
            return self.export_page(request, form, title="Export consents")
        lines = written_consents(consent_rows(organization_id=form.organization_id, sight=None))
        return self.file_of(request, lines, organization_id=form.organization_id, name="consents.csv")

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
    tell_faults(request, outcome.faults, invalid=outcome.invalid)


def _given(values: dict[str, Any]) -> Given:
    return Given(
        basis=ConsentBasis(values["basis"]) if values.get("basis") else ConsentBasis.EXPRESS,
        obtained_at=values["obtained_at"],
        evidence=values.get("evidence", ""),
        expires_at=values.get("expires_at"),
    )
