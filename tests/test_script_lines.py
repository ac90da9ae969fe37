"""Calls over the demo's Sinch and Twilio numbers: an agent or a browser answers, or calls, and they are kept once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.demo_calls import FRONT_DESK, OFFICE, SALES, Afternoon, wait_for
from tests.demo_calls import afternoon as afternoon_of

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(400),
]

TO_AN_AGENT = "+14165550171"
# Provider and number that is called, by caller.
TO_BROWSERS = {"+14165550172": ("sinch", SALES), "+14165550173": ("twilio", OFFICE)}
# Who is called by a browser; the last digit chooses what becomes of it.
BY_BROWSERS = {"+14165550160": ("sinch", "completed"), "+14165550161": ("twilio", "completed")}
BY_BROWSERS |= {"+14165550165": ("sinch", "busy"), "+14165550166": ("twilio", "no-answer")}


def _calls(its: Afternoon) -> None:
    its.server.call_in("sinch", from_number=TO_AN_AGENT, to=FRONT_DESK)
    for number, (provider, called) in TO_BROWSERS.items():
        its.server.call_in(provider, from_number=number, to=called)
    identity = its.server.get("/api/user/profile")["user"]["id"]
    for number, (provider, _) in BY_BROWSERS.items():
        browser = f"client:{identity}" if provider == "twilio" else identity
        its.server.call_in(provider, from_number=browser, to=number)
    wait_for("the end of the agent's", lambda: its.is_heard(fromNumber=TO_AN_AGENT))
    wait_for("the end of the others", lambda: all(its.is_over(fromNumber=number) for number in TO_BROWSERS))
    wait_for("the end of the browsers'", lambda: all(its.is_over(toNumber=number) for number in BY_BROWSERS))


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    with afternoon_of(tmp_path_factory.mktemp("calls"), _calls) as its:
        yield its


def test_a_call_that_an_agent_answers_is_one_call_with_what_was_said(afternoon: Afternoon) -> None:
    call = afternoon.call(fromNumber=TO_AN_AGENT)

    assert (call["status"], call["direction"], call["to"]) == ("completed", "inbound", FRONT_DESK)
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert afternoon.plays_a_recording_of_the_demo(call)


@pytest.mark.parametrize("number", TO_BROWSERS)
def test_a_call_that_a_browser_answers_is_kept(afternoon: Afternoon, number: str) -> None:
    call = afternoon.call(fromNumber=number)

    assert (call["status"], call["direction"]) == ("completed", "inbound")
    assert (call["provider"], call["to"]) == TO_BROWSERS[number]


@pytest.mark.parametrize("number", BY_BROWSERS)
def test_a_call_that_a_browser_makes_is_kept(afternoon: Afternoon, number: str) -> None:
    call = afternoon.call(toNumber=number)

    assert (call["provider"], call["status"]) == BY_BROWSERS[number]
    assert (call["direction"], afternoon.events_of(call)["call_ended"]) == ("outbound", 1)


@pytest.mark.parametrize("number", [TO_AN_AGENT, *TO_BROWSERS])
def test_its_beginning_and_its_end_are_told_once(afternoon: Afternoon, number: str) -> None:
    told = afternoon.events_of(afternoon.call(fromNumber=number))

    assert (told["call_initiated"], told["call_ended"]) == (1, 1)


def test_no_callback_of_a_provider_was_refused(afternoon: Afternoon) -> None:
    callbacks = afternoon.callbacks()

    assert {"ice", "dice", "voice"} <= {note["event"] for note in callbacks}
    assert [note for note in callbacks if note["status"] not in (200, 204)] == []
