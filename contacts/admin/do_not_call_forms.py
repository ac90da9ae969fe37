"""The forms of the Do Not Call list."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.admin.file_forms import UploadForm
from contacts.models import DoNotCallNumber, DoNotCallSource
from tether_calls.common.admin import OrganizationForm
from tether_calls.common.phone import WRITTEN_MAX, canonical, is_region


class DoNotCallForm(OrganizationForm):
    # Longer than the column: people write more than is kept.
    phone_number = forms.CharField(
        max_length=WRITTEN_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text="With its country code, such as +1 416 555-0199.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.source = DoNotCallSource.ADMIN

    def clean_phone_number(self) -> str:
        number = canonical(str(self.cleaned_data["phone_number"]))
        if number is None:
            self.add_error("phone_number", "Write the number with its country code, such as +14165550199.")
        return number or ""


class ImportForm(UploadForm):
    file_help = "As a spreadsheet saves it: a number in each line, and a reason if there is one."
    larger_help = "divide it, or use manage.py import_dnc"

    reason = forms.CharField(
        required=False,
        max_length=DoNotCallNumber.REASON_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text="For lines without one.",
    )
    region = forms.CharField(
        label="Country",
        required=False,
        max_length=2,
        widget=UnfoldAdminTextInputWidget,
        help_text="Where numbers without a country code belong, such as CA.",
    )

    def clean_region(self) -> str:
        region = str(self.cleaned_data["region"]).upper()
        if region and not is_region(region):
            raise forms.ValidationError("Not a country's two letters.")
        return region
