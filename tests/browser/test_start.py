"""The start page as it is drawn."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import SIZES, Desk
from tests.factories import ingest_body
from tests.script_server import ScriptServer


@pytest.fixture(autouse=True)
def _a_call_today(demo: ScriptServer) -> None:
    answer = demo.ingest(ingest_body(externalCallId="of-today"), key=demo.printed["apiKey"])
    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_page(staff: Desk, size: str) -> None:
    staff.resize(size)
    page = staff.open("/admin/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tile in page.locator(".desk-tile").all():
        assert tile.evaluate("tile => tile.scrollWidth <= tile.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bars_are_drawn_in_the_colours_of_the_page(staff: Desk, scheme: str) -> None:
    staff.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = staff.open("/admin/")
    drawn = page.evaluate("Chart.getChart(document.querySelector('[data-bars]')).data.datasets[0].backgroundColor")
    named = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--desk-answered').trim()")
    assert drawn == named
    assert re.fullmatch("#[0-9a-f]{6}", drawn)


def test_the_bars_have_a_table_behind_them(staff: Desk) -> None:
    page = staff.open("/admin/")
    page.get_by_text("As a table").click()
    table = page.get_by_role("table").filter(has_text="Machine answered")
    expect(table.get_by_role("row")).to_have_count(15)


def test_a_bar_leads_to_the_calls_of_its_day(staff: Desk) -> None:
    page = staff.open("/admin/")
    bars = page.locator("[data-bars]")
    box = bars.bounding_box()
    assert box is not None
    # Today's is the last one.
    bars.click(position={"x": box["width"] - 25, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(r"/admin/calls/call/\?start_time_from="))
