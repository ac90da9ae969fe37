"""Whose calls the pages of the desk show: the organization's own; superusers choose one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest

from calls.models import Call
from tether_calls.accounts.models import Organization
from tether_calls.accounts.sight import sight_of
from tether_calls.common.admin.display import list_at
from tether_calls.common.object_id import is_object_id
from tether_calls.common.sight import Sight

PARAMETER = "organization"


class _Chosen(AutocompleteSelect):
    """A select that finds organizations as one types, and knows the chosen one already."""

    organization: Organization | None = None

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> Any:
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": "Choose an organization"}

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        chosen = self.organization
        options = [self.create_option(name, "", "", chosen is None, 0)]
        if chosen is not None:
            options.append(self.create_option(name, chosen.pk, str(chosen), True, 1))
        return [(None, options, 0)]


@dataclass(frozen=True)
class Scope:
    """None: all organizations, or none that the user has chosen yet."""

    organization: Organization | None
    may_choose: bool
    # Of whose calls; None: of all.
    sight: Sight | None = None

    @property
    def organization_id(self) -> str | None:
        return None if self.organization is None else self.organization.pk

    @property
    def query(self) -> str:
        """What an address of the desk says to stay with this choice."""
        return f"?{urlencode({PARAMETER: self.organization.pk})}" if self.may_choose and self.organization else ""

    @property
    def form(self) -> forms.Form | None:
        """What superusers choose with."""
        if not self.may_choose:
            return None
        widget = _Chosen(Call._meta.get_field("organization"), admin.site, attrs={"aria-label": "Organization"})
        widget.organization = self.organization
        form = forms.Form()
        form.fields[PARAMETER] = forms.CharField(widget=widget, required=False)
        return form


def scope_of(request: HttpRequest) -> Scope:
    """At most one statement; none for staff who see all calls of theirs, whose organization came with them."""
    user: Any = request.user
    if not user.is_superuser:
        return Scope(user.organization, may_choose=False, sight=sight_of(user))
    asked = request.POST.get(PARAMETER) or request.GET.get(PARAMETER, "")
    chosen = Organization.objects.filter(pk=asked).first() if is_object_id(asked) else None
    return Scope(chosen, may_choose=True)


def list_in(scope: Scope, model: str, query: dict[str, str], by: str = "organization") -> str:
    """The address of a list with these filters, and with that of the organization that a superuser has chosen."""
    chosen = {f"{by}__id__exact": scope.organization_id} if scope.may_choose and scope.organization_id else {}
    return list_at(model, urlencode({**query, **chosen}))
