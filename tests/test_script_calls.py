"""Calls of the demo's agents from the first ring to the recording: dialled or taken, told by webhooks, kept once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.demo_calls import FRONT_DESK, Afternoon, wait_for
from tests.demo_calls import afternoon as afternoon_of

pytestmark = [
    pytest.mark.skipif("DATABASE_URL" in os.environ, reason="of the embedded parts only"),
    pytest.mark.timeout(400),
]

DIALLED = (0, 1, 2, 3, 4, 5, 6, 8, 9)
CALLER = "+14165550177"


def customer(digit: int) -> str:
    """Whom the demo calls; the last digit chooses what becomes of it."""
    return f"+1416555015{digit}"


def _calls(its: Afternoon) -> None:
    for digit in DIALLED:
        its.server.dial(customer(digit))
    its.server.call_in("elevenlabs", from_number=CALLER, to=FRONT_DESK)
    wait_for("their end", lambda: all(its.is_heard(toNumber=customer(digit)) for digit in DIALLED))
    wait_for("the caller's end", lambda: its.is_heard(fromNumber=CALLER))


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afternoon]:
    with afternoon_of(tmp_path_factory.mktemp("calls"), _calls) as its:
        yield its


# 8: the provider's answer was lost, the call was not. 9: everything is told twice and in reverse.
@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 8, 9])
def test_a_call_that_is_answered_ends_with_transcript_summary_and_recording(afternoon: Afternoon, digit: int) -> None:
    call = afternoon.call(toNumber=customer(digit))

    assert (call["status"], call["direction"], call["provider"]) == ("completed", "outbound", "elevenlabs")
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert call["duration"] > 10
    assert len(call["recordings"]) == 1
    assert afternoon.plays_a_recording_of_the_demo(call)


@pytest.mark.parametrize(("digit", "status"), [(5, "busy"), (6, "no-answer")])
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


def test_a_call_that_an_agent_takes_is_kept_with_what_was_said(afternoon: Afternoon) -> None:
    call = afternoon.call(fromNumber=CALLER)

    assert (call["status"], call["direction"], call["to"]) == ("completed", "inbound", FRONT_DESK)
    assert call["aiTranscript"]
    assert call["aiSummary"]
    assert afternoon.plays_a_recording_of_the_demo(call)


def test_no_callback_of_a_provider_was_refused(afternoon: Afternoon) -> None:
    assert {note["event"] for note in afternoon.callbacks()} == {
        "personalization",
        "post_call_transcription",
        "post_call_audio",
        "call_initiation_failure",
    }
    assert [note for note in afternoon.callbacks() if note["status"] != 200] == []
