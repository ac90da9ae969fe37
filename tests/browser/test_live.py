"""The live page, and what else listens to the socket: calls come, change and leave while one looks on."""

from __future__ import annotations

import re
from typing import Any

import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.factories import ingest_body
from tests.script_server import ScriptServer
from tests.waiting import PATIENCE

LIVE, START = "/admin/live/", "/admin/"
# So that a test can break what the page's script keeps to itself.
_KEEP_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
    constructor(...wanted) {
        super(...wanted);
        window.sockets.push(this);
    }
};
"""


def dial(demo: ScriptServer, number: str) -> str:
    """A call of the demo's user in a browser, which begins now; its id."""
    answer = demo.post("/api/calls/sdk/initiate", {"phoneNumber": number})
    assert answer.status_code == 200, answer.text
    call_id: str = answer.json()["call"]["_id"]
    return call_id


def terminate(demo: ScriptServer, call_id: str) -> None:
    assert demo.post(f"/api/calls/{call_id}/terminate", {}).status_code == 200


def push(demo: ScriptServer, call_id: str, **fields: Any) -> None:
    body = ingest_body(externalCallId=call_id, **fields)
    assert demo.ingest(body, key=demo.printed["apiKey"]).status_code == 201


def rows(page: Page, kind: str = "running") -> Any:
    return page.locator(f'[data-rows="{kind}"] > li')


def expect_live(page: Page) -> None:
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "live")


def test_a_call_comes_and_leaves_by_itself(staff: Desk, demo: ScriptServer) -> None:
    page = staff.open(LIVE)
    expect_live(page)

    call_id = dial(demo, "+14165550171")
    row = page.locator(f'[data-rows="running"] [data-call="{call_id}"]')
    expect(row).to_be_visible()
    expect(row).to_contain_text("Initiated", ignore_case=True)
    expect(row.locator("time")).to_have_text(re.compile(r"^\d+:\d\d$"))

    terminate(demo, call_id)
    expect(row).to_have_count(0)
    expect(page.locator(f'[data-rows="ended"] [data-call="{call_id}"]')).to_be_visible()


def test_a_call_that_is_pushed_is_among_those_that_have_just_ended(staff: Desk, demo: ScriptServer) -> None:
    page = staff.open(LIVE)
    expect_live(page)

    push(demo, "live-pushed", toNumber="+14165550172")

    expect(rows(page, "ended").first).to_contain_text("+14165550172")


def test_a_call_is_hung_up_after_a_question(staff: Desk, demo: ScriptServer) -> None:
    call_id = dial(demo, "+14165550173")
    page = staff.open(LIVE)
    button = page.locator(f'[data-hang-up="{call_id}"]')
    dialog = page.get_by_role("dialog", name="Hang up?")

    button.click()
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_be_hidden()
    expect(button).to_be_visible()

    button.click()
    dialog.get_by_role("button", name="Hang up").click()
    expect(page.get_by_text("The call is ended here")).to_be_visible()
    expect(button).to_have_count(0)


def test_after_a_break_nothing_is_missing(staff: Desk, demo: ScriptServer) -> None:
    staff.page.add_init_script(_KEEP_SOCKETS)
    page = staff.open(LIVE)
    expect_live(page)
    held: list[Route] = []
    page.route("**/live/ticket/", lambda route: held.append(route))

    with page.expect_request("**/live/ticket/"):
        page.evaluate("sockets.at(-1).close()")
        expect(page.locator("[data-state]")).to_have_attribute("data-state", "connecting")
    call_id = dial(demo, "+14165550174")
    row = page.locator(f'[data-rows="running"] [data-call="{call_id}"]')
    expect(row).to_have_count(0)
    held[0].continue_()

    expect_live(page)
    expect(row).to_be_visible()
    assert page.evaluate("sockets.length") == 2
    terminate(demo, call_id)
    expect(row).to_have_count(0)


def test_what_is_in_focus_stays_when_others_come(staff: Desk, demo: ScriptServer) -> None:
    first = dial(demo, "+14165550175")
    page = staff.open(LIVE)
    expect_live(page)
    page.locator(f'[data-hang-up="{first}"]').focus()

    second = dial(demo, "+14165550176")

    expect(page.locator(f'[data-rows="running"] [data-call="{second}"]')).to_be_visible()
    expect(page.locator(f'[data-hang-up="{first}"]')).to_be_focused()
    for call_id in (first, second):
        terminate(demo, call_id)


def test_the_end_of_the_session_is_said(visitor: Desk, demo: ScriptServer) -> None:
    visitor.log_in(demo.printed["user"])
    page = visitor.open(LIVE)
    expect_live(page)
    cookies = visitor.context.cookies()
    visitor.context.clear_cookies()

    call_id = dial(demo, "+14165550177")

    expect(page.locator("[data-state]")).to_have_attribute("data-state", "ended")
    expect(page.get_by_text("log in again")).to_be_visible()
    visitor.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it has given
    terminate(demo, call_id)


def test_a_superuser_chooses_an_organization_by_typing(superuser: Desk, demo: ScriptServer) -> None:
    page = superuser.open(LIVE)
    page.get_by_role("combobox", name="Organization").click()
    page.get_by_role("searchbox").fill("Example Serv")
    page.get_by_role("option", name="Example Services").click()
    page.get_by_role("button", name="Show").click()

    expect(page).to_have_url(re.compile(r"organization=[0-9a-f]{24}"))
    expect_live(page)
    call_id = dial(demo, "+14165550178")
    expect(page.locator(f'[data-call="{call_id}"]')).to_be_visible()
    terminate(demo, call_id)


def test_the_start_page_has_what_goes_on_too(staff: Desk, demo: ScriptServer) -> None:
    page = staff.open(START)
    expect_live(page)

    call_id = dial(demo, "+14165550179")

    expect(page.locator(f'[data-call="{call_id}"]')).to_be_visible()
    terminate(demo, call_id)
    expect(page.locator(f'[data-call="{call_id}"]')).to_have_count(0)


def test_the_list_says_how_many_calls_have_come_and_takes_them_in(staff: Desk, demo: ScriptServer) -> None:
    page = staff.open("/admin/calls/call/?direction__exact=outbound&q=%2B14165550180")
    new_calls = page.get_by_role("link", name=re.compile("new calls?$"))
    expect(new_calls).to_have_count(0)

    push(demo, "new-in-the-list", toNumber="+14165550180")
    expect(new_calls).to_have_text(re.compile("1 new call$"))
    push(demo, "not-in-the-list", toNumber="+14165550181")
    push(demo, "new-in-the-list-too", toNumber="+14165550180")
    expect(new_calls).to_have_text(re.compile("2 new calls$"))

    new_calls.click()
    expect(page).to_have_url(re.compile(r"direction__exact=outbound&q=%2B14165550180$"))
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    expect(new_calls).to_have_count(0)


def test_what_is_said_in_a_call_appears_on_its_page(staff: Desk, demo: ScriptServer) -> None:
    def tell(event: str, **fields: Any) -> str:
        body = {"externalCallId": "read-along", "event": event, **fields}
        headers = {"Authorization": f"Bearer {demo.printed['apiKey']}"}
        address = f"{demo.printed['baseUrl']}/api/calls/live"
        answer = requests.post(address, json=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        call_id: str = answer.json()["callId"]
        return call_id

    call_id = tell("started", direction="inbound", fromNumber="+14165550174", toNumber="+14165550100")
    tell("turn", place=0, turns=[{"role": "agent", "message": "Good morning.", "timestamp": 1}])
    page = staff.open(f"/admin/calls/call/{call_id}/change/")
    said = page.locator("[data-dialogue] .tether-words")
    expect(said).to_have_text(["Good morning."])

    tell("turn", place=2, turns=[{"role": "agent", "message": "Which one?"}])
    expect(said).to_have_text(["Good morning.", "Which one?"])
    tell("turn", place=1, turns=[{"role": "user", "message": "<b>My</b> order?"}])
    expect(said).to_have_text(["Good morning.", "<b>My</b> order?", "Which one?"])

    tell("ended")
    expect(page.locator("[data-live-state]")).to_contain_text("The call has ended")
