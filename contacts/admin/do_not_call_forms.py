"""The forms of the Do Not Call list."""

from __future__ import annotations

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts.admin.file_forms import UploadForm
from contacts.admin.number_forms import NumberForm
from contacts.models import DoNotCallNumber, DoNotCallSource
from tether_calls.common.phone import is_region


class DoNotCallForm(NumberForm):
    source = DoNotCallSource.ADMIN


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
