"""`{% load tether %}`: what every page of the admin says in its head and at its foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from tether_calls.common.admin.display import zone_shown
from tether_calls.common.admin.way import Step, way_to

register = template.Library()

# `{% zone_shown %}`: by whose clock the page's times are.
register.simple_tag(zone_shown)


@register.simple_tag
def version() -> str:
    """Which version of Tether Calls this is."""
    return str(settings.VERSION)


@register.simple_tag(takes_context=True)
def way(context: Any) -> list[Step]:
    """`{% way as steps %}`: the way to the page."""
    return way_to(context.flatten())


@register.filter
def heading(title: Any) -> str:
    """A row's own words stay as they are, such as an address; what a kind of rows is called begins with a capital."""
    return str(title) if isinstance(title, Model) else capfirst(str(title))


@register.filter
def as_attributes(attributes: Mapping[str, Any]) -> SafeString:
    """A widget's, as Django's own templates write them: True is a name alone, and False is nothing."""
    written = (
        format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
        for name, value in attributes.items()
        if value is not False
    )
    return format_html_join("", "{}", ((each,) for each in written))
