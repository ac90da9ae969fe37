"""The form of a row that is about one telephone number, written as people write numbers."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from tether_calls.common.admin import OrganizationForm
from tether_calls.common.phone import WRITTEN_MAX, canonical


class NumberForm(OrganizationForm):
    # Where a row comes from that is made with this form.
    source: ClassVar[str]

    # Longer than the column: people write more than is kept.
    phone_number = forms.CharField(
        max_length=WRITTEN_MAX,
        widget=UnfoldAdminTextInputWidget,
        help_text="With its country code, such as +1 416 555-0199.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.source = self.source

    def clean_phone_number(self) -> str:
        number = canonical(str(self.cleaned_data["phone_number"]))
        if number is None:
            self.add_error("phone_number", "Write the number with its country code, such as +14165550199.")
        return number or ""
