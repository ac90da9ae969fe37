"""Widgets, filters and the sidebar have templates of ours, which are quicker: they write what Django and unfold do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import pytest
import unfold
from django import forms
from django.forms.renderers import BaseRenderer, get_default_renderer
from django.template.backends.django import DjangoTemplates
from django.template.loader import get_template
from django.test import Client
from django.test.html import parse_html
from unfold.contrib.filters.forms import CheckboxForm, DropdownForm, RadioForm, SearchForm
from unfold.widgets import (
    UnfoldAdminAutocompleteWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

CHOICES = [("", "---"), ("a", "<Apple>"), ("Trees", [("b", "Birch"), (3, 'Oak "& co"')])]


class TheirRenderer(BaseRenderer):
    """As forms are rendered where no templates are in the way of Django's and unfold's."""

    def __init__(self) -> None:
        parts = [Path(django.__file__).parent / "forms" / "templates"]
        parts += [Path(unfold.__file__).parent / folder for folder in ("templates", "contrib/filters/templates")]
        self.engine = DjangoTemplates({"NAME": "theirs", "DIRS": parts, "APP_DIRS": False, "OPTIONS": {}})

    def get_template(self, template_name: str) -> Any:
        return self.engine.get_template(template_name)


@pytest.mark.parametrize(
    ("widget", "value"),
    [
        (forms.Select(choices=CHOICES), None),
        (forms.Select(choices=CHOICES), "b"),
        (forms.Select(choices=CHOICES), 3),
        (forms.Select(attrs={"required": True, "disabled": False, "title": 'a "b" <c>', "data-x": None}), ""),
        (forms.SelectMultiple(choices=CHOICES), ["a", "3"]),
        (forms.TextInput(attrs={"maxlength": 7, "readonly": True, "autofocus": False}), '"<x>"'),
        (forms.RadioSelect(choices=CHOICES), "b"),
        (UnfoldAdminSelectWidget(attrs={"class": "wide"}, choices=CHOICES), "b"),
        (UnfoldAdminSelectMultipleWidget(choices=CHOICES), ["b", "a"]),
        (UnfoldAdminAutocompleteWidget(choices=CHOICES), "a"),
        (UnfoldAdminTextInputWidget(attrs={"placeholder": "'"}), "1 > 0"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, forms.Widget) else repr(each),
)
def test_a_widget_is_written_as_its_library_writes_it(widget: forms.Widget, value: Any) -> None:
    ours, theirs = (
        widget.render("field", value, {"id": "its-id"}, renderer)
        for renderer in (get_default_renderer(), TheirRenderer())
    )

    assert parse_html(ours) == parse_html(theirs)
    assert parse_html(ours) != parse_html(theirs.replace("its-id", "another"))


def _required() -> Any:
    form = SearchForm("name", "Name <b>", {"name": ""})
    form.fields["name"].required = True
    form.fields["name"].help_text = "As it is <i>written</i>."
    return form


FILTERS: dict[str, Callable[[], forms.Form]] = {
    "a text": lambda: SearchForm("name", "Name", {"name": "<x>"}),
    "one of several": lambda: DropdownForm("kind", "Kind", CHOICES, data={"kind": "a"}),
    "some of several": lambda: DropdownForm("kind", "Kind", CHOICES, multiple=True, data={"kind": ["a", "b"]}),
    "what there is not": lambda: DropdownForm("kind", "Kind", CHOICES, data={"kind": "<nothing>"}),
    "boxes": lambda: CheckboxForm("kind", "Kind", [("a", "A"), ("b", "B")], data={"kind": ["a"]}),
    "buttons": lambda: RadioForm("kind", "Kind", [("a", "A"), ("b", "B")], data={"kind": "a"}),
    "a field that is needed": _required,
}


@pytest.mark.parametrize("form", FILTERS.values(), ids=FILTERS)
def test_a_filter_is_written_as_unfold_writes_it(form: Callable[[], forms.Form]) -> None:
    name = "unfold/filters/filters_field.html"

    ours, theirs = (
        template.render({"choices": [{"form": form()}]})
        for template in (get_template(name), TheirRenderer().get_template(name))
    )

    assert "<label" in ours
    assert parse_html(ours) == parse_html(theirs)


@pytest.mark.parametrize("address", ["/admin/", "/admin/calls/call/", "/admin/contacts/contact/add/"])
def test_the_sidebar_is_written_as_unfold_writes_it(root: Client, address: str) -> None:
    name = "unfold/helpers/app_list.html"
    shown: Any = root.get(address).context_data

    ours, theirs = (
        template.render({"sidebar_navigation": shown["sidebar_navigation"]})
        for template in (get_template(name), TheirRenderer().get_template(name))
    )

    assert 'href="/admin/calls/call/"' in ours
    assert ours.count(" active") == 1
    assert parse_html(ours) == parse_html(theirs)
