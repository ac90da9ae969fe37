"""People who listen all day: the player of a call's page, its keys, its links, and its address that stays good."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desk import PATIENCE_MS, Desk
from tests.factories import ingest_body
from tests.script_server import PROJECT, ScriptServer

# Of an address of the storage: when it was signed, in a form that sorts by time.
TOKEN = re.compile(r"\.mp3(%3A|:)(?P<signed_at>\w+)(%3A|:)")


@pytest.fixture
def call_page(staff: Desk) -> str:
    """The address of a call with a recording and turns, the newest of them."""
    page = staff.open("/admin/calls/call/?status__exact=completed")
    for link in page.locator("#result_list a[href*='/change/?']").all():
        address = str(link.get_attribute("href"))
        if staff.context.request.get(staff.base_url + address).text().count("data-seconds") > 4:
            return address
    pytest.fail("No call of the demo has a recording")


def audio(page: Page, what: str) -> float:
    """A property of the audio element."""
    value: float = page.evaluate(f"Number(document.querySelector('audio').{what})")
    return value


def plays(page: Page) -> None:
    page.wait_for_function("!document.querySelector('audio').paused")


def pauses(page: Page) -> None:
    page.wait_for_function("document.querySelector('audio').paused")


def is_near(page: Page, seconds: float) -> None:
    """The player is at this second, or a few behind it where it plays."""
    page.wait_for_function(
        "seconds => { const { currentTime } = document.querySelector('audio');"
        " return currentTime >= seconds - 0.1 && currentTime < seconds + 9; }",
        arg=seconds,
    )


def test_a_link_to_a_second_opens_the_call_there(staff: Desk, call_page: str) -> None:
    path = call_page.partition("?")[0]
    page = staff.open(f"{path}?t=12")
    is_near(page, 12)
    expect(page.locator("[data-now]")).to_have_text(re.compile(r"0:1[2-9]|0:2\d"))
    assert page.locator("button[aria-current]").count() == 1

    page = staff.open(f"{path}?t=0:05")
    is_near(page, 5)


def test_the_link_of_a_turn_is_copied(staff: Desk, call_page: str) -> None:
    staff.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = staff.open(call_page)
    turn = page.locator(".tether-turn").nth(2)
    turn.hover()
    turn.locator("[data-link]").click()
    expect(page.locator("[data-says]")).to_contain_text("Copied a link to")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{staff.base_url}{call_page.partition('?')[0]}?t=")


def test_the_speed_is_kept_for_the_next_call(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    page.get_by_label("Speed", exact=True).select_option("1.75")
    assert audio(page, "playbackRate") == 1.75
    page.keyboard.press("Escape")

    page.get_by_role("link", name=re.compile("(Next|Previous) call")).first.click()
    page.wait_for_url(lambda address: call_page.partition("?")[0] not in address)
    page.wait_for_load_state("networkidle")

    if page.locator("[data-speed]").count():
        expect(page.get_by_label("Speed", exact=True)).to_have_value("1.75")
        assert audio(page, "playbackRate") == 1.75


def test_keys_play_pause_and_go_back_and_on(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    page.keyboard.press("k")
    plays(page)
    page.keyboard.press(" ")
    pauses(page)
    page.keyboard.press("l")
    is_near(page, 10)
    page.keyboard.press("j")
    page.wait_for_function("document.querySelector('audio').currentTime < 9")
    page.keyboard.press(">")
    assert audio(page, "playbackRate") == 1.25


def test_space_on_a_turn_pauses_and_does_not_start_it_again(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    turn = page.locator("button[data-seconds]").nth(2)
    begins = float(str(turn.get_attribute("data-seconds")))
    turn.focus()
    page.keyboard.press("Enter")
    plays(page)
    page.wait_for_function("begins => document.querySelector('audio').currentTime > begins + 0.3", arg=begins)
    page.keyboard.press(" ")
    pauses(page)
    stopped = audio(page, "currentTime")
    assert stopped > begins
    page.keyboard.press(" ")
    plays(page)
    assert audio(page, "currentTime") >= stopped - 0.1


def test_who_types_is_not_heard_as_keys(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    page.keyboard.press("/")
    page.keyboard.type("klj n")
    expect(page.get_by_role("searchbox", name="Find in the transcript")).to_have_value("klj n")
    assert audio(page, "paused") == 1
    assert call_page in page.url


def test_the_waveform_is_a_slider(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    slider = page.get_by_role("slider", name="Position in the recording")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    is_near(page, 10)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"0:10 of 0:\d\d"))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0.0")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    length = page.locator("[data-recording]").first.get_attribute("data-seconds")
    is_near(page, float(str(length)) / 2)


def test_the_waveform_is_drawn_once_there_are_peaks(staff: Desk, call_page: str) -> None:
    with staff.page.expect_response(lambda answer: answer.url.endswith("/peaks") and answer.status == 200) as peaks:
        page = staff.open(call_page)
    assert len(peaks.value.body()) > 100
    # Different heights: some column has colour at its top, some has none.
    drawn = """() => {
        const canvas = document.querySelector('[data-wave] canvas');
        const { data, width } = canvas.getContext('2d').getImageData(0, 6, canvas.width, 1);
        const filled = Array.from({ length: width }, (_, x) => data[x * 4 + 3] > 0).filter(Boolean).length;
        return filled > 5 && filled < width;
    }"""
    page.wait_for_function(drawn)


def test_words_are_found_in_the_transcript(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    word = max(re.findall(r"[a-z]+", page.locator(".tether-words").first.inner_text()), key=len)
    page.get_by_role("searchbox", name="Find in the transcript").fill(word.upper())
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"^1 of \d+$"))
    page.get_by_role("searchbox", name="Find in the transcript").fill("never said by anyone")
    expect(page.locator("[data-found]")).to_have_text("Not said")


def test_what_was_looked_for_in_the_list_is_found_and_played_where_it_was_said(staff: Desk, call_page: str) -> None:
    page = staff.open(call_page)
    turn = page.locator(".tether-turn").nth(3)
    begins = float(str(turn.locator("button").get_attribute("data-seconds")))
    said = turn.locator(".tether-words").inner_text().rstrip(".?!")

    page = staff.open(f"/admin/calls/call/?q={quote(said)}")
    address = f"{call_page.partition('?')[0]}?"
    page.locator(f"#result_list a[href^='{address}']").first.click()
    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("searchbox", name="Find in the transcript")).to_have_value(said)
    expect(page.locator("[data-found]")).to_have_text("1 of 1")
    is_near(page, begins)
    page.keyboard.press(" ")
    plays(page)
    assert audio(page, "currentTime") >= begins - 0.1


def test_the_way_goes_through_the_list_that_one_came_from(staff: Desk) -> None:
    page = staff.open("/admin/calls/call/?status__exact=completed")
    links = [str(link.get_attribute("href")) for link in page.locator("#result_list a[href*='/change/?']").all()]
    first, second = list(dict.fromkeys(links))[:2]
    staff.open(first)
    page.keyboard.press("n")
    page.wait_for_url(f"**{second.partition('?')[0]}*")
    page.keyboard.press("p")
    page.wait_for_url(f"**{first.partition('?')[0]}*")
    page.keyboard.press("u")
    page.wait_for_url("**/admin/calls/call/?status__exact=completed")


@pytest.fixture
def long_call(demo: ScriptServer) -> str:
    """The address of a call of two hours: more than a browser loads at once."""
    hours = (PROJECT / "calls" / "demo" / "audio" / "delivery.mp3").read_bytes() * 280
    turns = [{"role": "user", "message": f"Turn {number}", "timestamp": number * 60} for number in range(120)]
    body = ingest_body(duration=7200, recording=base64.b64encode(hours).decode(), transcript=turns)
    pushed = demo.ingest(body, key=demo.printed["apiKey"], timeout=PATIENCE_MS / 1000)
    assert pushed.status_code == 201, pushed.text
    return f"/admin/calls/call/{pushed.json()['callId']}/change/"


def test_a_player_whose_address_has_expired_plays_on_where_it_was(staff: Desk, long_call: str) -> None:
    page = staff.open(long_call)
    page.keyboard.press("k")
    plays(page)
    page.wait_for_function("document.querySelector('audio').currentTime > 0.5")
    page.keyboard.press("k")
    pauses(page)

    # While it is paused what was good until now expires; what is asked for from here on is good.
    address = page.evaluate("fetch(document.querySelector('audio').src, { method: 'HEAD' }).then(({ url }) => url)")
    first, refused = TOKEN.search(address), []
    assert first is not None

    def expire(route: Route) -> None:
        found = TOKEN.search(route.request.url)
        if found is not None and found["signed_at"] <= first["signed_at"]:
            refused.append(route.request.url)
            route.fulfill(status=404)
        else:
            route.continue_()

    page.wait_for_timeout(1_500)  # the time in an address is that of a second
    page.route("**/media/recordings/**", expire)
    turn = page.locator("button[data-seconds='6600.0']")
    turn.click()

    is_near(page, 6600)
    plays(page)
    assert refused
    expect(page.locator("[data-failed]")).to_be_hidden()
    # What the browser says of the address that has expired is no fault of the page.
    staff.faults[:] = [fault for fault in staff.faults if "/media/recordings/" not in fault]
