"""Judging a call on its page, without leaving it: star, disposition, tags, notes, a score; and who has heard it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.desk import Desk


@pytest.fixture
def call(staff: Desk) -> Page:
    """The page of the newest completed call that has a recording."""
    page = staff.open("/admin/calls/call/?status__exact=completed")
    for link in page.locator("#result_list a[href*='/change/?']").all():
        address = str(link.get_attribute("href")).partition("?")[0]
        if "data-heard" in (text := staff.context.request.get(staff.base_url + address).text()) and "<audio" in text:
            return staff.open(address)
    pytest.fail("No call of the demo has a recording")


def test_a_star_a_disposition_and_a_tag_are_kept_at_once(call: Page) -> None:
    star = call.locator("#call-star")
    was_starred = star.get_attribute("aria-pressed") == "true"
    star.click()
    expect(call.locator("#call-star")).to_have_attribute("aria-pressed", "false" if was_starred else "true")
    disposition = call.get_by_label("Disposition")
    disposition.select_option(index=2)
    chosen = disposition.input_value()
    tag = call.locator("[data-tag]").first
    name = tag.inner_text()
    was_on = tag.locator("input").is_checked()
    with call.expect_response(lambda answer: _part_of(answer.request) == "tags"):
        tag.click()
    call.wait_for_load_state("networkidle")
    call.reload()
    assert call.get_by_label("Disposition").input_value() == chosen
    assert call.locator("[data-tag]", has_text=name).locator("input").is_checked() is not was_on


def test_a_tag_that_is_chosen_while_another_is_being_kept_is_kept_too(call: Page) -> None:
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    call.route("**/review/", hold_the_first)
    first, second = (call.locator("[data-tag]").nth(place) for place in range(2))
    boxes = [tag.locator("input") for tag in (first, second)]
    chosen = {box.get_attribute("id"): not box.is_checked() for box in boxes}
    with call.expect_request("**/review/"):
        first.click()
    second.click()
    with call.expect_response("**/review/"), call.expect_request("**/review/"):
        held[0].continue_()
    call.wait_for_load_state("networkidle")
    call.unroute("**/review/")
    call.reload()
    assert {name: call.locator(f"#{name}").is_checked() for name in chosen} == chosen


def _part_of(request: Request) -> str:
    return parse_qs(request.post_data or "").get("part", [""])[0]


def test_a_note_mentions_a_colleague_by_the_keyboard_is_changed_and_deleted(call: Page) -> None:
    note = call.get_by_label("New note")
    note.click()
    call.keyboard.type("Please look, @")
    expect(call.locator("#tether-people li").first).to_be_visible()
    call.keyboard.press("Enter")
    assert re.fullmatch(r"Please look, @\S.* ", note.input_value())
    call.keyboard.type("thank you")
    call.keyboard.press("Control+Enter")
    written = call.locator(".tether-note", has_text="thank you")
    expect(written).to_have_count(1)
    expect(call.get_by_label("New note")).to_have_value("")

    written.locator("summary").click()
    written.get_by_label("Text of the note").fill("Looked at.")
    written.get_by_role("button", name="Save").click()
    changed = call.locator(".tether-note", has_text="Looked at.")
    expect(changed).to_contain_text("edited")

    call.on("dialog", lambda dialog: dialog.accept())
    changed.locator("summary").click()
    changed.get_by_role("button", name="Delete").click()
    expect(call.locator(".tether-note", has_text="Looked at.")).to_have_count(0)


def test_what_is_typed_in_one_note_survives_the_saving_of_another(call: Page) -> None:
    note = call.get_by_label("New note")
    note.fill("The first one.")
    call.get_by_role("button", name="Add note").click()
    first = call.locator(".tether-note", has_text="The first one.")
    expect(first).to_have_count(1)

    first.locator("summary").click()
    first.get_by_label("Text of the note").fill("Begun, not saved.")
    note.fill("A second one.")
    call.get_by_role("button", name="Add note").click()
    expect(call.locator(".tether-note", has_text="A second one.")).to_have_count(1)
    expect(first.get_by_label("Text of the note")).to_have_value("Begun, not saved.")
    expect(call.get_by_label("New note")).to_have_value("")


def test_a_call_is_scored_by_a_scorecard(staff: Desk, call: Page) -> None:
    address = call.url
    page = staff.open("/admin/calls/scorecard/add/")
    page.get_by_label("Name").first.fill("Service of a browser")
    page.locator("[name=criteria-0-name]").fill("Understands the request")
    page.locator("[name=criteria-1-name]").fill("Says goodbye")
    page.locator("[name=criteria-1-kind]").select_option("yes_no")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/scorecard/")

    page = staff.open(address)
    card = page.locator(".tether-score-card", has_text="Service of a browser")
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    card.locator("label", has_text=re.compile("^4$")).click()
    card.locator("label", has_text=re.compile("^No$")).click()
    card.get_by_role("button", name="Save score").click()
    expect(page.locator(".tether-score-given summary").first).to_contain_text("38 %")


def test_whoever_listens_is_named_and_whoever_jumps_is_not(call: Page) -> None:
    heard = call.locator("#call-heard")
    before = heard.inner_text()
    call.evaluate("document.querySelector('audio').currentTime = 20")
    call.wait_for_timeout(1_500)
    assert heard.inner_text() == before
    call.evaluate("document.querySelector('audio').currentTime = 0")
    with call.expect_response(re.compile("/heard/")) as told:
        call.keyboard.press("Space")
    assert told.value.status == 200
    expect(call.locator("#call-heard")).not_to_contain_text("Nobody yet.")
