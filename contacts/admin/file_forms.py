"""Forms of pages that take a file, or hand one out."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from tether_calls.accounts.models import Organization


class OfOrganizationForm(forms.Form):
    """Something about one organization: the user's own, or the one that a superuser chooses."""

    organization = forms.ModelChoiceField(Organization.objects.all(), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._home_id: str | None = None
        if not user.is_superuser:
            self._home_id = user.organization_id
            del self.fields["organization"]

    @property
    def organization_id(self) -> str:
        """Of a form that is valid."""
        return self._home_id or str(self.cleaned_data["organization"].pk)


class ExportForm(OfOrganizationForm):
    pass


class UploadForm(OfOrganizationForm):
    file_help: ClassVar[str] = ""
    # What is to be done with a file that is too large.
    larger_help: ClassVar[str] = "divide it"

    file = forms.FileField(label="CSV file", widget=UnfoldAdminFileFieldWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = self.file_help

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        limit = settings.TETHER_DNC_UPLOAD_MAX_BYTES
        if file.size > limit:
            raise forms.ValidationError(f"Larger than {limit} bytes: {self.larger_help}.")
        return file
