"""Legal holds: calls and contacts that neither a rule of retention nor a request erases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import HoldScope, LegalHold
from calls.services.privacy.legal_holds import place_hold, release_hold
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin, WrittenNumberField
from tether_calls.common.admin.display import NOTHING, labelled, link_to, moment

# What has to be said of a hold, by its scope.
_SAID_OF: Mapping[str, tuple[str, ...]] = {
    HoldScope.CONTACT: ("contact_id",),
    HoldScope.NUMBER: ("phone_number",),
    HoldScope.CALL: ("call_id",),
    HoldScope.PERIOD: ("begins", "ends"),
}


class HoldForm(OrganizationForm):
    phone_number = WrittenNumberField(required=False, help_text="Of the scope Number.")

    def clean(self) -> dict[str, Any]:
        super().clean()
        for name in _SAID_OF.get(self.cleaned_data.get("scope", ""), ()):
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "This is what a hold of this scope is of.")
        return self.cleaned_data


@admin.register(LegalHold)
class LegalHoldAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = HoldForm
    list_display = ("at", "scope", "covers", "reason", "state")
    list_select_related = ("organization", "placed_by")
    page_select_related = ("organization", "placed_by", "released_by")
    list_filter = (("scope", ChoicesDropdownFilter), ("created_at", MadeFilter))
    actions = ("release",)
    autocomplete_fields = ("organization",)
    readonly_fields = ("at", "covers", "state", "by")
    fieldsets = ((None, {"fields": ("at", ("scope", "covers"), "reason", ("state", "by"))}),)
    add_fieldsets = (
        (None, {"fields": ("scope", "phone_number", "contact_id", "call_id", "begins", "ends", "reason")}),
    )

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
