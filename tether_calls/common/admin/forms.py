"""Forms that keep rows on their side of the wall between organizations, and a field for telephone numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from unfold.widgets import UnfoldAdminTextInputWidget

from tether_calls.common.phone import WRITTEN_MAX, read_number

_NO_NUMBER = "Write the number with its country code, such as +14165550199."
_EXTENSION = "Write the number without an extension: only the number itself can be called."


def entered_only(fieldsets: Sequence[Any], shown: Collection[str]) -> list[Any]:
    """What is asked for of a new row: nothing can be `shown` yet of one that there is not."""
    left = []
    for heading, options in fieldsets:
        lines = [line if isinstance(line, tuple | list) else (line,) for line in options["fields"]]
        entered = [tuple(name for name in line if name not in shown) for line in lines]
        fields = [line[0] if len(line) == 1 else line for line in entered if line]
        if fields or not options["fields"]:
            left.append((heading, {**options, "fields": fields}))
    return left


class WrittenNumberField(forms.CharField):
    """A telephone number as people write it; its value is the number in E.164, or empty.

    The limit of the column is for that, and not for what people type.
    """

    def __init__(self, *, help_text: str = "With its country code, such as +1 416 555-0199.", **kwargs: Any) -> None:
        super().__init__(max_length=WRITTEN_MAX, widget=UnfoldAdminTextInputWidget, help_text=help_text, **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        found = read_number(text)
        if found is None:
            raise forms.ValidationError(_NO_NUMBER)
        if found.extension:
            raise forms.ValidationError(_EXTENSION)
        return found.number


class OrganizationForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A row belongs to one organization from its making, and refers to rows of the same one only."""

    # The organization of the user who fills in the form; None where they may choose it.
    home_id: ClassVar[str | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.home_id is not None and self.instance._state.adding and hasattr(self.instance, "organization_id"):
            self.instance.organization_id = self.home_id

    def clean(self) -> dict[str, Any]:
        super().clean()
        chosen = self.cleaned_data.get("organization")
        home_id = chosen.pk if chosen is not None else getattr(self.instance, "organization_id", None)
        for name, value in list(self.cleaned_data.items()):
            if not isinstance(value, Model) or name == "organization" or home_id is None:
                continue
            if getattr(value, "organization_id", home_id) != home_id:
                self.add_error(name, "This belongs to another organization.")
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves out every constraint that names a field which the form does not show, and the database would
        # answer instead: here, all of the row is known.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        return excluded & set(self.fields)
