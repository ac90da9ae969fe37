"""What supervisors do all day: find a call by what was said, hear that place, judge it, take the next."""

from __future__ import annotations

import base64
import csv
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.factories import ingest_body
from tests.script_server import PROJECT, ScriptServer

RECORDING = base64.b64encode((PROJECT / "calls" / "demo" / "audio" / "invoice.mp3").read_bytes()).decode()


def push(demo: ScriptServer, *, said: str, number: str, **fields: object) -> str:
    """A call at whose sixth second the caller says this; its id."""
    turns = [
        {"role": "agent", "message": "Good morning, what can I do for you?", "timestamp": 0.5},
        {"role": "user", "message": said, "timestamp": 6},
    ]
    call = ingest_body(transcript=turns, recording=RECORDING, fromNumber=number, direction="inbound", **fields)
    answer = demo.ingest(call, key=demo.printed["apiKey"])
    assert answer.status_code == 201, answer.text
    call_id: str = answer.json()["callId"]
    return call_id


def search(desk: Desk, words: str) -> Page:
    page = desk.open("/admin/calls/call/")
    page.keyboard.press("/")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**q={words}*")
    return page


def test_a_call_is_found_by_a_word_heard_tagged_noted_and_the_next_one_opened(staff: Desk, demo: ScriptServer) -> None:
    older = push(demo, said="The marmalade never came.", number="+14165550281", tags=["Complaint"])
    newer = push(
        demo,
        said="I would like my marmalade back.",
        number="+14165550282",
        tags=["Refund"],
        callStartTime="2026-05-15T10:10:00.000Z",
    )

    page = search(staff, "marmalade")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.locator(f"#result_list a[href*='{newer}']").first.click()
    page.wait_for_url(f"**/{newer}/change/**")

    page.locator("[data-seconds]", has_text="I would like my marmalade back").click()
    page.wait_for_function(
        "document.querySelector('audio').currentTime >= 6 && !document.querySelector('audio').paused"
    )

    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        page.locator("[data-tag]", has_text="Complaint").click()
    assert saved.value.ok
    page.get_by_label("New note").fill("Call her back before noon.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#notes")).to_contain_text("Call her back before noon.")

    page.reload()
    expect(page.get_by_label("Complaint")).to_be_checked()
    expect(page.get_by_label("Refund")).to_be_checked()
    expect(page.locator("#notes")).to_contain_text("Call her back before noon.")

    page.get_by_role("link", name="Next call").click()
    page.wait_for_url(f"**/{older}/change/**")
    expect(page.locator("[data-dialogue]")).to_contain_text("The marmalade never came.")


def test_what_a_list_finds_is_made_a_file(superuser: Desk, demo: ScriptServer, tmp_path: Path) -> None:
    push(demo, said="Gooseberries, please.", number="+14165550283")
    push(demo, said="No gooseberries today.", number="+14165550284")

    page = search(superuser, "gooseberries")
    page.goto(f"{page.url}&organization__id__exact={demo.printed['organizationId']}")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    page.locator("summary", has_text="Export").click()
    page.get_by_label("Format").select_option(label="CSV")
    page.get_by_label("With the transcripts").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Make the file").click()
    # The newest is the first; below it may be a file that another test had made.
    with page.expect_download() as download:
        page.locator(".tether-exports li").first.get_by_role("link", name="Download").click()

    download.value.save_as(tmp_path / "calls.csv")
    with (tmp_path / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["aiTranscript"].rpartition("user: ")[2] for row in rows) == [
        "Gooseberries, please.",
        "No gooseberries today.",
    ]
