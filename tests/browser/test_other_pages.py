"""What strangers see, the API's page, and the admin as staff have it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.pages import every_page, kind_of, look_at

# What Swagger UI itself leaves to be wished for.
OF_SWAGGER = ("nested-interactive", "select-name")


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/login/?next=/admin/calls/call/"])
def test_the_form_to_log_in_is_for_everybody(visitor: Desk, path: str) -> None:
    visitor.open(path)

    seen = look_at(visitor, path)

    assert seen.barriers == {"light": [], "dark": []}
    assert seen.moderate == []
    assert seen.cut == {"phone": [], "tablet": [], "desktop": []}


def test_the_page_of_the_api_shows_operations(visitor: Desk) -> None:
    """Swagger UI makes those that are in sight."""
    page = visitor.open("/api/docs")

    expect(page.locator("[data-path='/api/auth/login']")).to_be_visible()
    seen = look_at(visitor, "/api/docs")

    assert [barrier for barrier in seen.barriers["light"] if not barrier.startswith(OF_SWAGGER)] == []


def test_staff_have_pages_on_which_nothing_fails(staff: Desk) -> None:
    opened = {kind_of(path) for path in every_page(staff, "/admin/")}

    assert {"/admin/calls/call/ID/change/", "/admin/contacts/contact/add/"} <= opened
    assert "/admin/accounts/organization/" not in opened


@pytest.mark.parametrize(
    ("skip", "lands_in"),
    [("Skip to the content", "#desk"), ("Skip to the rows", "#result_list")],
)
def test_the_keyboard_need_not_go_through_the_menu(staff: Desk, skip: str, lands_in: str) -> None:
    page = staff.open("/admin/calls/call/")

    presses = _tab_until(page, lambda: page.evaluate("document.activeElement.textContent") == skip)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert presses <= 2
    assert page.evaluate("where => document.querySelector(where).contains(document.activeElement)", lands_in)


def _tab_until(page: Page, is_there: Callable[[], bool]) -> int:
    for presses in range(1, 100):
        page.keyboard.press("Tab")
        if is_there():
            return presses
    raise AssertionError("no key leads there")


def test_a_secret_that_is_shown_once_is_copied_with_a_button(superuser: Desk) -> None:
    superuser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = superuser.open("/admin/calls/webhooksubscription/add/")
    page.get_by_role("combobox", name="Organization").click()
    page.locator(".select2-results__option", has_text="Example Services").first.click()
    page.get_by_label("Name").fill("Our CRM")
    page.get_by_label("URL").fill("https://crm.example.com/hook")
    page.locator("input[name='subscribed_events']").first.check()
    page.get_by_role("button", name="Save", exact=True).click()

    secret = page.get_by_label("Secret", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    assert secret.startswith("whsec_")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()
    expect(page.locator("[data-copy]")).to_have_count(0)


def test_on_a_telephone_the_head_says_in_full_where_one_is_and_has_its_ways(superuser: Desk) -> None:
    superuser.resize("phone")
    page = superuser.open("/admin/calls/disposition/")

    names = page.locator(".truncate.tracking-tight").evaluate_all(
        "all => all.filter(each => each.checkVisibility())"
        ".map(each => [each.textContent.trim(), each.scrollWidth <= each.clientWidth])"
    )

    assert names == [["Dispositions", True]]
    expect(page.get_by_role("link", name="Login and sessions")).to_be_visible()
    expect(page.get_by_role("link", name="Times are those of")).to_be_visible()
