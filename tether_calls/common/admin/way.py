"""The way to a page, as its head shows it: the list, as the menu calls it; the row; what is done there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.text import capfirst

from tether_calls.common.admin.display import list_at, page_of
from tether_calls.common.admin.navigation import called

# What is done with a row, by what Django's pages know besides it.
_DONE = {"action_list": "History", "deleted_objects": "Delete", "adminForm": "Password"}


class Step(NamedTuple):
    """`title` may be a row, whose own words stay as they are."""

    title: Any
    link: str = ""


def way_to(page: Mapping[str, Any]) -> list[Step]:
    """Of a page with these values; the last step is the page itself."""
    steps = list(_steps(page))
    return (
        [*steps[:-1], Step(steps[-1].title)] if steps else [Step(page.get("content_title") or page.get("title") or "")]
    )


def _steps(page: Mapping[str, Any]) -> Iterator[Step]:
    opts = page.get("opts")
    if opts is None:
        return
    yield Step(called(opts), list_at(opts.label_lower))
    row = _row(page)
    if row is not None:
        yield Step(row, page_of(row))
        yield from (Step(name) for value, name in _DONE.items() if value in page)
    elif page.get("add"):
        yield Step(f"Add {opts.verbose_name}")
    elif "cl" not in page and page.get("title"):
        yield Step(capfirst(page["title"]))


def _row(page: Mapping[str, Any]) -> Any:
    """Pages of one row know it by one of two names."""
    rows = (page.get(name) for name in ("original", "object"))
    return next((row for row in rows if hasattr(row, "_meta")), None)
