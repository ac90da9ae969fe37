"""`{% load tether %}`: what every page of the admin says in its head and at its foot."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
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
