"""Where a member of staff says by whose clock the admin is to show them times."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget

from tether_calls.accounts.models import User
from tether_calls.accounts.services.reading_zone import choose_reading_zone
from tether_calls.common.times import zone_names

_TEMPLATE = "admin/accounts/user/reading_zone.html"


def reading_zone_view(request: HttpRequest) -> HttpResponseBase:
    """A form of one field, of the own row only."""
    user: Any = request.user
    form = ReadingZoneForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        choose_reading_zone(user=user, name=form.cleaned_data["time_zone"])
        messages.success(request, f"Times are those of {user.reading_zone.key} now.")
        return HttpResponseRedirect(reverse("admin:index"))
    context = {**admin.site.each_context(request), "title": "Time zone", "form": form}
    return TemplateResponse(request, _TEMPLATE, context)


class ReadingZoneForm(forms.Form):
    time_zone = forms.ChoiceField(
        required=False,
        label="Time zone",
        widget=UnfoldAdminSelectWidget,
        help_text="Lists, pages, charts and exports of this admin show you times by it.",
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, initial={"time_zone": user.time_zone})
        field: Any = self.fields["time_zone"]
        field.choices = _choices(user)


def _choices(user: User) -> list[tuple[str, Any]]:
    """The organization's, then every zone by its continent; EST and the like are left to those who have one."""
    home = User(organization=user.organization).reading_zone.key
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in zone_names():
        region, is_in_one, place = name.partition("/")
        if is_in_one and region not in ("Etc", "SystemV"):
            regions.setdefault(region, []).append((name, place.replace("_", " ")))
    kept = {name for places in regions.values() for name, _ in places} | {"UTC", ""}
    own = [(user.time_zone, user.time_zone)] if user.time_zone not in kept else []
    default = f"The organization's: {home}" if user.organization is not None else f"The default: {home}"
    return [("", default), ("UTC", "UTC"), *own, *regions.items()]
