"""Every page of the admin, found by its links; and what can be seen of a page by whoever looks at it closely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error, Page

from tests.browser.desk import SIZES, Desk

_NO_PAGE = re.compile(r"/(logout|download)/")
_IDS = re.compile(r"/[0-9a-f]{24}(?=/|$)")
# Rows of a list that are looked at: the others are made of the same, and axe would take seconds for them.
_ROWS = 4

# How often what is cut off is looked at: a chart becomes narrower some frames after its window.
_LOOKS = 20

# What axe-core thinks of it: only what bars somebody's way.
_SEVERE = ("serious", "critical")

# A field that somebody types into or chooses from has at least so many pixels.
NARROWEST = 240

# Fields of forms that change or make a row; a date and its time stand beside each other, and know how long they are,
# and in the cells of a table each column is as wide as what is chosen from.
_FIELDS = """
() => [...document.querySelectorAll('form[id$="_form"] :is(input, select, textarea, .select2-container)')]
    .filter(field => field.checkVisibility({opacityProperty: true, visibilityProperty: true}))
    .filter(field => !["checkbox", "radio", "file", "submit", "button", "hidden", "color"].includes(field.type))
    .filter(field => !field.matches(".select2-hidden-accessible, .select2-search__field, .vDateField, .vTimeField"))
    .filter(field => !field.closest("td"))
    .map(field => [field.name || field.id || field.className, Math.round(field.getBoundingClientRect().width)])
"""

# What ends to the right of the window, where nothing can be scrolled; and what a box cuts off without saying so.
_CUT = """
() => {
    const name = element => [element.tagName.toLowerCase(), element.id && "#" + element.id, ...element.classList]
        .filter(Boolean).slice(0, 4).join(" ")
    const scrolls = element => {
        for (let box = element; box; box = box.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box !== document.body) return true
            else if (getComputedStyle(box).textOverflow === "ellipsis") return true
        return false
    }
    const cut = []
    if (document.documentElement.scrollWidth > innerWidth) cut.push("the page: " + document.documentElement.scrollWidth)
    for (const element of document.querySelectorAll("#main *")) {
        if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
        const box = element.getBoundingClientRect()
        const fixed = element.closest(".fixed, .sr-only, .tether-skip, .tether-hidden")
        if (box.width > 1 && box.right > innerWidth + 1 && box.left < innerWidth && !scrolls(element) && !fixed)
            cut.push(name(element) + " ends at " + Math.round(box.right))
    }
    return cut.slice(0, 5)
}
"""


@dataclass
class Seen:
    """What was seen of one page."""

    path: str
    faults: list[str]
    # By size: fields of forms that are too narrow, and what is cut off.
    narrow: dict[str, list[str]] = field(default_factory=dict)
    cut: dict[str, list[str]] = field(default_factory=dict)
    # By colours: what axe-core calls serious or critical; and of the whole, what it calls moderate.
    barriers: dict[str, list[str]] = field(default_factory=dict)
    # The headings, landmarks and so on that the page is found one's way by.
    moderate: list[str] = field(default_factory=list)


def kind_of(path: str) -> str:
    """The same for pages that differ only in the row that they are of; histories of rows are all alike."""
    kind = _IDS.sub("/ID", re.split(r"[?#]", path)[0])
    return "/ID/history/" if kind.endswith("/ID/history/") else kind


def every_page(desk: Desk, *beginnings: str) -> Iterator[str]:
    """Opens one page of each kind that links lead to, and yields its path while it is open."""
    seen: set[str] = set()
    waiting = list(beginnings)
    while waiting:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        try:
            page = desk.open(path)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
            continue
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        here = [link.removeprefix(desk.base_url) for link in links if link.startswith(f"{desk.base_url}/admin/")]
        # A file is no page; that of a row which a test made is not even there.
        waiting += [path for path in here if not _NO_PAGE.search(path)]
        yield path


def look_at(desk: Desk, path: str, *, with_menu: bool = True) -> Seen:
    """All of it, of the page that is open; without the menu, which is the same on all, in half the time."""
    page = desk.page
    page.evaluate(
        "rows => document.querySelectorAll(`tbody tr:nth-child(n+${rows + 1})`).forEach(row => row.remove())", _ROWS
    )
    seen = Seen(path, desk.faults)
    for size in reversed(SIZES):
        desk.resize(size)
        narrow = [f"{name} has {width}" for name, width in page.evaluate(_FIELDS) if width < NARROWEST]
        seen.narrow[size] = sorted(set(narrow))
        for _ in range(_LOOKS):
            seen.cut[size] = page.evaluate(_CUT)
            if not seen.cut[size]:
                break
            page.wait_for_timeout(100)
    page.evaluate(AXE_SCRIPT)
    for colours in ("light", "dark"):
        page.evaluate("isDark => document.documentElement.classList.toggle('dark', isDark)", colours == "dark")
        rules = {} if colours == "light" else {"runOnly": ["color-contrast", "link-in-text-block"]}
        found = _violations(page, where="html" if with_menu else {"exclude": ["#nav-sidebar"]}, options=rules)
        seen.barriers[colours] = [_said(one) for one in found if one["impact"] in _SEVERE]
        seen.moderate += [_said(one) for one in found if one["impact"] == "moderate"]
    seen.faults = list(desk.faults)
    desk.faults.clear()
    return seen


def _violations(page: Page, *, where: Any, options: dict[str, Any]) -> list[dict[str, Any]]:
    arguments = [where, {"resultTypes": ["violations"], **options}]
    violations: list[dict[str, Any]] = page.evaluate("arguments => axe.run(...arguments)", arguments)["violations"]
    return violations


def _said(violation: dict[str, Any]) -> str:
    nodes = violation["nodes"]
    return f"{violation['id']}: {len(nodes)} times, such as {nodes[0]['html'][:200]}"
