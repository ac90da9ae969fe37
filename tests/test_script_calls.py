"""An afternoon of calls at a running demo: from the first ring to the recording, told by callbacks, kept once.

The demo's agents call and are called; over its Sinch and Twilio numbers agents and browsers answer, and browsers call.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.demo_calls import FRONT_DESK, OFFICE, SALES, Afternoon, afternoon_at, wait_for
from tests.script_server import PROJECT, Seeded, running

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.slow,
]

# Their last digits. The provider refuses the first; of the second its answer is lost, the call is not.
REFUSED, UNHEARD = 7, 8
NOT_REACHED = {5: "busy", 6: "no-answer"}
# 9: everything is told twice and in reverse.
REACHED = (0, 1, 2, 3, 4, UNHEARD, 9)
DIALLED = (*REACHED, *NOT_REACHED)

CALLER, TO_AN_AGENT = "+14165550177", "+14165550171"
# Provider and number that is called, by caller.
TO_AGENTS = {CALLER: ("elevenlabs", FRONT_DESK), TO_AN_AGENT: ("sinch", FRONT_DESK)}
TO_BROWSERS = {"+14165550172": ("sinch", SALES), "+14165550173": ("twilio", OFFICE)}
# Who is called by a browser; the last digit chooses what becomes of it.
BY_BROWSERS = {"+14165550160": ("sinch", "completed"), "+14165550161": ("twilio", "completed")}
BY_BROWSERS |= {"+14165550165": ("sinch", "busy"), "+14165550166": ("twilio", "no-answer")}


def customer(digit: int) -> str:
    """Whom the demo calls; the last digit chooses what becomes of it."""
    return f"+1416555015{digit}"


def _calls(its: Afternoon) -> None:
    for number, (provider, called) in {**TO_AGENTS, **TO_BROWSERS}.items():
        its.server.call_in(provider, from_number=number, to=called)
    identity = its.server.get("/api/user/profile")["user"]["id"]
    for number, (provider, _) in BY_BROWSERS.items():
        browser = f"client:{identity}" if provider == "twilio" else identity
        its.server.call_in(provider, from_number=browser, to=number)
    its.dial(customer(digit) for digit in range(10))
    wait_for("the end of what agents call", lambda: all(its.is_heard(toNumber=customer(digit)) for digit in DIALLED))
    wait_for("the end of what agents take", lambda: all(its.is_heard(fromNumber=number) for number in TO_AGENTS))
    wait_for("the end of what browsers take", lambda: all(its.is_over(fromNumber=number) for number in TO_BROWSERS))
    wait_for("the end of what browsers call", lambda: all(its.is_over(toNumber=number) for number in BY_BROWSERS))


@pytest.fixture(scope="module")
def afternoon(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    data = seeded.copy_to(tmp_path_factory.mktemp("calls") / "data")
    # No call is over before its request is: the one that is not answered ends while the others go on. One user dials
    # for agents and in a browser, all within a minute.
    environment = {"TETHER_DIAL_SECONDS": "8", "TETHER_DIALS_PER_USER_MINUTE": "50"}
    with running(PROJECT, data=data, **environment) as server, afternoon_at(server, _calls) as its:
        yield its


# ---- Agents call ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", [digit for digit in DIALLED if digit != UNHEARD])
def test_the_demo_has_somebody_called(afternoon: Afternoon, digit: int) -> None:
    answer = afternoon.answers[customer(digit)]

    assert answer.status_code == 200, answer.text
    (dialled,) = afternoon.simulated(id=answer.json()["conversationId"])
    ours = afternoon.server.printed
    assert (dialled["direction"], dialled["from"], dialled["to"]) == ("outbound", ours["aiNumber"], customer(digit))
    assert afternoon.call(toNumber=customer(digit))["aiAgentId"] == ours["agentId"]


def test_a_number_that_the_provider_refuses(afternoon: Afternoon) -> None:
    answer = afternoon.answers[customer(REFUSED)]

    assert (answer.status_code, answer.json()["code"]) == (500, "PROVIDER_ERROR")
    assert afternoon.call(toNumber=customer(REFUSED))["status"] == "failed"


def test_a_number_at_which_the_provider_does_not_answer_us(afternoon: Afternoon) -> None:
    answer = afternoon.answers[customer(UNHEARD)]

    assert (answer.status_code, answer.json()["code"]) == (500, "PROVIDER_UNKNOWN")
    assert len(afternoon.simulated(to=customer(UNHEARD))) == 1


@pytest.mark.parametrize("digit", REACHED)
def test_a_call_that_is_answered_ends_with_transcript_summary_and_recording(afternoon: Afternoon, digit: int) -> None:
    call = afternoon.call(toNumber=customer(digit))

    assert (call["status"], call["direction"], call["provider"]) == ("completed", "outbound", "elevenlabs")
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert call["duration"] > 10
    assert len(call["recordings"]) == 1
    assert afternoon.plays_a_recording_of_the_demo(call)


@pytest.mark.parametrize(("digit", "status"), NOT_REACHED.items())
def test_a_call_that_nobody_answers(afternoon: Afternoon, digit: int, status: str) -> None:
    call = afternoon.call(toNumber=customer(digit))

    assert call["status"] == status
    assert not call.get("recordings")


@pytest.mark.parametrize("digit", DIALLED)
def test_its_beginning_its_end_and_its_recording_are_told_once(afternoon: Afternoon, digit: int) -> None:
    call = afternoon.call(toNumber=customer(digit))

    told = afternoon.events_of(call)

    assert (told["call_initiated"], told["call_ended"]) == (1, 1)
    assert told["call_recording_ready"] == len(call.get("recordings", ()))


# ---- Agents and browsers are called, and browsers call -------------------------------------------------------------


@pytest.mark.parametrize("number", [*TO_AGENTS, *TO_BROWSERS])
def test_the_demos_numbers_can_be_called(afternoon: Afternoon, number: str) -> None:
    provider, called = {**TO_AGENTS, **TO_BROWSERS}[number]

    assert len(afternoon.simulated(**{"provider": provider, "from": number, "to": called})) == 1


@pytest.mark.parametrize("number", TO_AGENTS)
def test_a_call_that_an_agent_answers_is_one_call_with_what_was_said(afternoon: Afternoon, number: str) -> None:
    call = afternoon.call(fromNumber=number)

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


@pytest.mark.parametrize("number", [*TO_AGENTS, *TO_BROWSERS])
def test_the_beginning_and_the_end_of_a_call_that_comes_in_are_told_once(afternoon: Afternoon, number: str) -> None:
    told = afternoon.events_of(afternoon.call(fromNumber=number))

    assert (told["call_initiated"], told["call_ended"]) == (1, 1)


def test_no_callback_of_a_provider_was_refused(afternoon: Afternoon) -> None:
    of_agents = afternoon.callbacks("elevenlabs")
    of_carriers = afternoon.callbacks("sinch") + afternoon.callbacks("twilio")

    assert {note["event"] for note in of_agents} == {
        "personalization",
        "post_call_transcription",
        "post_call_audio",
        "call_initiation_failure",
    }
    assert [note for note in of_agents if note["status"] != 200] == []
    assert {"ice", "dice", "voice"} <= {note["event"] for note in of_carriers}
    assert [note for note in of_carriers if note["status"] not in (200, 204)] == []
