"""Staff come in, and see calls."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.script_server import ScriptServer


def test_staff_log_in_and_the_calls_are_listed(visitor: Desk, demo: ScriptServer) -> None:
    visitor.log_in(demo.printed["user"])

    page = visitor.open("/admin/calls/call/")

    expect(page.locator("#result_list tbody tr")).not_to_have_count(0)


def test_a_wrong_password_is_refused_in_words(visitor: Desk, demo: ScriptServer) -> None:
    page = visitor.open("/admin/login/")
    page.get_by_label("Email").fill(demo.printed["user"]["email"])
    page.get_by_label("Password").fill("not that one")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_text("Please enter the correct")).to_be_visible()
    expect(page).to_have_url(f"{visitor.base_url}/admin/login/")


def test_who_has_not_logged_in_is_sent_to_the_form_and_back(visitor: Desk, demo: ScriptServer) -> None:
    page = visitor.open("/admin/calls/call/")
    page.get_by_label("Email").fill(demo.printed["superadmin"]["email"])
    page.get_by_label("Password").fill(demo.printed["superadmin"]["password"])
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(f"{visitor.base_url}/admin/calls/call/")
