"""The calling hours on the page of an organization."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSingleTimeWidget,
    UnfoldAdminTextInputWidget,
)

from tether_calls.accounts.calling_hours import Hours, hours_of
from tether_calls.accounts.models import CallingHours
from tether_calls.accounts.models.organization import known_time_zone
from tether_calls.common.admin import OrganizationForm

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Names of the form's fields, in the order of the page.
CALLING_HOURS = ("calls_from", "calls_until", "calls_on", "calls_time_zone")


class CallingHoursForm(OrganizationForm):
    """An organization, and when it calls people: without hours at any time."""

    calls_from = forms.TimeField(
        required=False,
        widget=UnfoldAdminSingleTimeWidget,
        help_text="Such as 09:00, by the clock where the person called is. Empty, and the end too: at any time.",
    )
    calls_until = forms.TimeField(
        required=False,
        widget=UnfoldAdminSingleTimeWidget,
        help_text="Earlier than the start: on the day after. The same as the start: for 24 hours.",
    )
    calls_on = forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=list(enumerate(DAYS)),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="The days on which these hours begin. None: every day.",
    )
    calls_time_zone = forms.CharField(
        required=False,
        max_length=64,
        validators=[known_time_zone],
        widget=UnfoldAdminTextInputWidget,
        help_text="Such as America/Toronto: for numbers that belong to no place. Empty: these are not called.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: CallingHours | None = getattr(self.instance, "calling_hours", None)
        if known is not None:
            hours = hours_of(known)
            values = (hours.start, hours.end, list(hours.days), hours.time_zone)
            self.initial.update(zip(CALLING_HOURS, values, strict=True))

    def clean(self) -> dict[str, Any]:
        super().clean()
        given = {name: self.cleaned_data.get(name) is not None for name in ("calls_from", "calls_until")}
        if not any(given.values()) and not self.errors.keys() & given and self._says_more():
            self.add_error("calls_from", "Days or a time zone without hours.")
        elif any(given.values()) and not self.errors.keys() & given:
            for name, is_given in given.items():
                if not is_given:
                    self.add_error(name, "Hours need a start and an end.")
        return self.cleaned_data

    @property
    def hours(self) -> Hours | None:
        """Of a form that is valid."""
        if self.cleaned_data.get("calls_from") is None:
            return None
        return Hours(
            start=self.cleaned_data["calls_from"],
            end=self.cleaned_data["calls_until"],
            days=self.cleaned_data["calls_on"] or range(7),
            time_zone=self.cleaned_data["calls_time_zone"],
        )

    def _says_more(self) -> bool:
        return bool(self.cleaned_data.get("calls_on") or self.cleaned_data.get("calls_time_zone"))
