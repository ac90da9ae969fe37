"""Every page of the admin, as a superuser has it: nothing fails, all can read it, nothing is too small or cut off.

Each is opened once, at three sizes, light and dark; what was seen is what the tests speak of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import desk_at
from tests.browser.pages import Seen, every_page, kind_of, look_at
from tests.script_server import ScriptServer

# A row of each model, so that each has a page.
_ROWS = """
from tests.admin_site import one_of_everything
from tests.factories import make_user
one_of_everything(make_user())
"""


@pytest.fixture(scope="module")
def pages(browser: Browser, demo: ScriptServer, state_of: Callable[[str], Any]) -> list[Seen]:
    """Those that links lead to, from a call with a recording on."""
    demo.manage("shell", "--no-imports", "-c", _ROWS)
    call_id = next(call["_id"] for call in demo.get("/api/calls/history?limit=50")["calls"] if call.get("recordings"))
    with desk_at(browser, demo.printed["baseUrl"], state=state_of("superadmin")) as desk:
        paths = every_page(desk, "/admin/", f"/admin/calls/call/{call_id}/change/")
        return [look_at(desk, path, with_menu=path == "/admin/") for path in paths]


def test_each_model_has_its_pages(pages: list[Seen]) -> None:
    kinds = {kind_of(page.path) for page in pages}

    assert {"/admin/calls/call/", "/admin/calls/call/ID/change/", "/admin/accounts/user/add/"} <= kinds
    lists = {kind for kind in kinds if kind.count("/") == 4 and kind.endswith("/")}
    assert len(lists) > 15
    # Mentions lead to the contact that the note is of.
    assert {kind for kind in lists if f"{kind}ID/change/" not in kinds} <= {"/admin/contacts/notemention/"}


def test_nothing_fails_on_a_page_and_nothing_comes_from_elsewhere(pages: list[Seen]) -> None:
    """No error of a script, no breach of the Content-Security-Policy, no file that is not there."""
    assert {page.path: page.faults for page in pages if page.faults} == {}


@pytest.mark.parametrize("size", ["phone", "tablet", "desktop"])
def test_every_field_of_a_form_is_wide_enough_to_read_what_is_in_it(pages: list[Seen], size: str) -> None:
    assert {page.path: page.narrow[size] for page in pages if page.narrow[size]} == {}


@pytest.mark.parametrize("size", ["phone", "tablet", "desktop"])
def test_nothing_is_cut_off(pages: list[Seen], size: str) -> None:
    assert {page.path: page.cut[size] for page in pages if page.cut[size]} == {}


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_on_a_page_bars_anybodys_way(pages: list[Seen], colours: str) -> None:
    """axe-core's rules of serious and critical impact: names of controls, contrast and so on."""
    assert {page.path: page.barriers[colours] for page in pages if page.barriers[colours]} == {}


def test_those_who_hear_a_page_find_its_parts(pages: list[Seen]) -> None:
    """axe-core's rules of moderate impact: landmarks, headings."""
    assert {page.path: page.moderate for page in pages if page.moderate} == {}
