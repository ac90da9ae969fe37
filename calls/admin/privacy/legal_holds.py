"""Legal holds: calls and contacts that neither a rule of retention nor a request erases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from calls.models import Call, Delivery, HoldScope, LegalHold
from calls.services.privacy.legal_holds import place_hold, release_hold
from contacts.models import Contact
from tether_calls.accounts.roles import may_handle_privacy
from tether_calls.common.admin import MadeFilter, OrganizationForm, StaffWho, TetherAdmin, WrittenNumberField
from tether_calls.common.admin.display import form_at, labelled, link_to, moment

# What has to be said of a hold, by its scope.
_SAID_OF: Mapping[str, tuple[str, ...]] = {
    HoldScope.CONTACT: ("contact",),
    HoldScope.NUMBER: ("phone_number",),
    HoldScope.CALL: ("call",),
    HoldScope.PERIOD: ("begins", "ends"),
}


_SAID_OF_ANY = frozenset(name for names in _SAID_OF.values() for name in names)


def _searched(row: Any, help_text: str) -> forms.ModelChoiceField[Any]:
    """A field that is filled in by searching, as the one of a foreign key to such a row is."""
    widget = AutocompleteSelect(row, admin.site)
    # Nothing is offered before the page puts in what its user sees.
    nothing = row.remote_field.model._default_manager.none()
    return forms.ModelChoiceField(nothing, required=False, widget=widget, help_text=help_text)


class HoldForm(OrganizationForm):
    phone_number = WrittenNumberField(required=False, help_text="Of the scope Number.")
    contact = _searched(Call._meta.get_field("contact"), "Of the scope Contact: search by name or number.")
    call = _searched(Delivery._meta.get_field("call"), "Of the scope Call: search by number, name or identifier.")

    # Of which rows there are, those that the user sees, by the field.
    offered: ClassVar[Mapping[str, QuerySet[Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The fields of this form, and not of its class, which all requests share.
        for name, rows in self.offered.items():
            if isinstance(field := self.fields.get(name), forms.ModelChoiceField):
                field.queryset = rows

    def clean(self) -> dict[str, Any]:
        super().clean()
        said = _SAID_OF.get(self.cleaned_data.get("scope", ""), ())
        for name in self.fields.keys() & _SAID_OF_ANY.difference(said):
            # What was filled in for another scope is out of sight, and does not count.
            self.errors.pop(name, None)
            self.cleaned_data[name] = self.fields[name].clean(None)
        for name in ("contact", "call"):
            chosen = self.cleaned_data.get(name)
            setattr(self.instance, f"{name}_id", None if chosen is None else chosen.pk)
        for name in said:
            if not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, "This is what a hold of this scope is of.")
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        # Of what is missing is told once, at its field.
        excluded = super()._get_validation_exclusions()
        return {*excluded, "contact_id", "call_id"} if self.errors else excluded


def hold_form_of(request: HttpRequest, call: Call) -> str:
    """The address of a form for a hold on the call, for who may place one."""
    may_add = admin.site.get_model_admin(LegalHold).has_add_permission(request)
    values = {"scope": HoldScope.CALL.value, "call": call.pk, "organization": call.organization_id}
    return form_at("calls.legalhold", **values) if may_add else ""


@admin.register(LegalHold)
class LegalHoldAdmin(TetherAdmin):
    who_views = who_adds = StaffWho(may_handle_privacy)
    form = HoldForm
    known_by_id: ClassVar = {"contact_id": "contacts.contact", "call_id": "calls.call"}
    list_display = ("at", "scope", "covers", "reason", "state")
    list_select_related = ("organization", "placed_by")
    page_select_related = ("organization", "placed_by", "released_by")
    list_filter = (("scope", ChoicesDropdownFilter), ("created_at", MadeFilter))
    actions = ("release",)
    autocomplete_fields = ("organization",)
    readonly_fields = ("at", "covers", "state", "by")
    # Of the scope that is chosen, in the browser; the form and the service look at these alone, too.
    conditional_fields: ClassVar = {name: f"scope == '{scope}'" for scope, names in _SAID_OF.items() for name in names}
    fieldsets = ((None, {"fields": ("at", ("scope", "covers"), "reason", ("state", "by"))}),)
    add_fieldsets = ((None, {"fields": ("scope", "contact", "phone_number", "call", "begins", "ends", "reason")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        of_models = {"contact": Contact, "call": Call}
        form.offered = {
            name: self.admin_site.get_model_admin(of).get_queryset(request) for name, of in of_models.items()
        }
        return form

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
    def covers(self, hold: LegalHold) -> SafeString | str:
        if hold.begins is not None and hold.ends is not None:
            return f"{moment(hold.begins)} to {moment(hold.ends)}"
        return hold.phone_number or self.link_by_id(hold, "contact_id" if hold.contact_id else "call_id")

    @labelled("State", {"Placed": "warning", "Released": "info"})
    def state(self, hold: LegalHold) -> str:
        return "Placed" if hold.released_at is None else "Released"

    @admin.display(description="By")
    def by(self, hold: LegalHold) -> SafeString | str:
        return link_to(hold.placed_by)
