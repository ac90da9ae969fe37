"""Consents: written down, revoked, and never changed nor deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.models import CallPurpose, Consent, ConsentBasis, ConsentSource
from contacts.services.consents import Given, add_consent, fault_of_times, revoke_consent
from tether_calls.accounts.sight import sees_all_calls
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin
from tether_calls.common.admin.display import NOTHING, labelled, moment
from tether_calls.common.admin.search import searched_for
from tether_calls.common.phone import WRITTEN_MAX, canonical, digits_to_find


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
class ConsentAdmin(TetherAdmin):
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
            revoke_consent(organization_id=organization_id, consent_id=consent_id)
        self.message_user(request, f"{len(rows)} revoked.", messages.SUCCESS)

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

    @labelled("Revoked", {"Revoked": "warning"})
    def state(self, consent: Consent) -> str:
        return "Revoked" if consent.revoked_at is not None else NOTHING


def _given(values: dict[str, Any]) -> Given:
    return Given(
        basis=ConsentBasis(values["basis"]) if values.get("basis") else ConsentBasis.EXPRESS,
        obtained_at=values["obtained_at"],
        evidence=values.get("evidence", ""),
        expires_at=values.get("expires_at"),
    )
