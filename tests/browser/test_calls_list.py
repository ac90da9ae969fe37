"""The list of calls, as people work with it: by keyboard, by rows, by views, several calls at once, as a file."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import SIZES, Desk
from tests.script_server import ScriptServer

CALLS = "/admin/calls/call/"


def links(page: Page) -> list[str]:
    """Where the rows lead."""
    rows = page.locator("#result_list tr.data-row th a")
    return [str(link.get_attribute("href")) for link in rows.all()]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('href')"))


def test_rows_are_walked_through_and_opened_by_keyboard(staff: Desk) -> None:
    page = staff.open(CALLS)
    first, second, *_ = links(page)
    page.keyboard.press("j")
    assert focused(page) == first
    page.keyboard.press("j")
    assert focused(page) == second
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("x")
    expect(page.locator("#result_list input.action-select").first).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{second.partition('?')[0]}**")


def test_keys_are_letters_where_somebody_types(staff: Desk) -> None:
    page = staff.open(CALLS)
    page.keyboard.press("/")
    page.keyboard.type("jk?x")
    expect(page.locator("#searchbar")).to_have_value("jk?x")
    expect(page.get_by_role("dialog", name="Keys of this list")).to_be_hidden()


def test_the_keys_are_told_of(staff: Desk) -> None:
    page = staff.open(CALLS)
    page.keyboard.press("?")
    help_of_keys = page.get_by_role("dialog", name="Keys of this list")
    expect(help_of_keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_of_keys).to_be_hidden()


def test_a_row_is_opened_by_a_click_anywhere(staff: Desk) -> None:
    page = staff.open(CALLS)
    first, *_ = links(page)
    page.locator("#result_list tr.data-row").first.locator(".field-length").click()
    page.wait_for_url(f"**{first.partition('?')[0]}**")


def test_a_view_is_saved_opened_and_deleted(staff: Desk) -> None:
    page = staff.open(f"{CALLS}?status__exact=completed")
    views = page.get_by_role("navigation", name="Saved views")
    views.locator("summary").click()
    views.get_by_label("Save what is looked at as").fill("Went well")
    views.get_by_role("button", name="Save the view").click()
    expect(views.get_by_role("link", name="Went well")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Clear all").first.click()
    expect(page.get_by_role("list", name="Filters that are on")).to_have_count(0)
    views.get_by_role("link", name="Went well").click()
    expect(page.get_by_role("list", name="Filters that are on")).to_contain_text("Completed")
    views.locator("summary").click()
    views.get_by_role("button", name="Delete Went well").click()
    expect(views.get_by_role("link", name="Went well")).to_have_count(0)


def test_several_calls_get_a_star_at_once(staff: Desk) -> None:
    page = staff.open(f"{CALLS}?is_starred__exact=0&status__exact=completed")
    boxes = page.locator("#result_list input.action-select")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("#changelist-actions select[name=action]").select_option("star_calls")
    page.locator("#changelist-actions button[type=submit]").click()
    expect(page.get_by_text("Done with 2 calls.")).to_be_visible()


def test_what_the_list_finds_becomes_a_file_while_one_looks(superuser: Desk, demo: ScriptServer) -> None:
    organization = demo.printed["organizationId"]
    page = superuser.open(f"{CALLS}?organization__id__exact={organization}&status__exact=completed")
    page.locator(".tether-tools summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as download:
        page.locator(".tether-exports li").first.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_page(superuser: Desk, size: str, scheme: str) -> None:
    superuser.resize(size)
    superuser.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for address in (CALLS, f"{CALLS}?q=kim", "/admin/calls/delivery/", "/admin/conversations/conversation/"):
        page = superuser.open(address)
        overflow = page.evaluate(
            """() => {
                const table = document.getElementById("result_list");
                const box = table?.closest(".simplebar-content-wrapper") ?? document.documentElement;
                return [document.documentElement.scrollWidth - innerWidth, (table?.scrollWidth ?? 0) - box.clientWidth];
            }"""
        )
        assert max(overflow) <= 0, (address, overflow)


def test_a_card_on_a_telephone_has_two_lines(staff: Desk) -> None:
    staff.resize("phone")
    page = staff.open(CALLS)
    heights = page.evaluate("[...document.querySelectorAll('tr.data-row')].map((row) => row.offsetHeight)")
    assert heights
    assert max(heights) < 80


@pytest.mark.parametrize("of", ["contacts/contact", "calls/tag", "calls/phonenumber", "conversations/conversation"])
def test_cards_of_other_lists_have_few_lines(superuser: Desk, of: str) -> None:
    superuser.resize("phone")
    page = superuser.open(f"/admin/{of}/?q=")
    heights = page.evaluate("[...document.querySelectorAll('tr.data-row')].map((row) => row.offsetHeight)")
    assert heights
    assert max(heights) < 190
    # Some have a line more, where what was said last needs two.
    assert sum(heights) / len(heights) < 165
