"""Every code of the providers' documents means one reason, and one fault; what is not known stays unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calls.outcomes import AnsweredBy, EndFault, Ending, EndReason, best_of, endings_of_hang_up
from calls.providers.elevenlabs import endings as elevenlabs
from calls.providers.elevenlabs.conversation import read_conversation
from calls.providers.sinch import endings as sinch
from calls.providers.sinch import payloads as sinch_payloads
from calls.providers.sip_endings import SIP_ENDINGS, sip_endings
from calls.providers.twilio import endings as twilio
from calls.providers.twilio import payloads as twilio_payloads

CODES: dict[str, dict[str, str]] = json.loads((Path(__file__).parents[2] / "fixtures" / "endings.json").read_text())


def told(ending: Ending | None) -> str:
    return "unknown none" if ending is None else f"{ending.reason} {ending.fault}"


@pytest.mark.parametrize(("code", "meaning"), CODES["sip"].items())
def test_a_sip_status(code: str, meaning: str) -> None:
    assert told(next(iter(sip_endings(int(code))), None)) == meaning


@pytest.mark.parametrize(("code", "meaning"), CODES["twilio_error"].items())
def test_an_error_code_of_twilio(code: str, meaning: str) -> None:
    found = twilio.endings(state="failed", error_code=int(code), sip_status=None, is_first_leg=False)
    assert told(found[0]) == meaning


@pytest.mark.parametrize(("word", "meaning"), CODES["twilio_answered_by"].items())
def test_who_answered_in_twilios_words(word: str, meaning: str) -> None:
    assert twilio_payloads.ANSWERED_BY[word] == meaning


@pytest.mark.parametrize(("words", "meaning"), CODES["sinch_end"].items())
def test_an_end_of_sinchs(words: str, meaning: str) -> None:
    result, reason, duration = words.split(" ")
    report = sinch_payloads.read_event(
        {"event": "dice", "callid": "1", "result": result, "reason": reason, "duration": int(duration)}
    ).report  # type: ignore[union-attr]
    found = list(report.endings)
    if report.hung_up_by is not None:
        found += endings_of_hang_up(report.hung_up_by, "outbound")
    assert told(best_of(found, is_completed=report.status == "completed")) == meaning


@pytest.mark.parametrize(("word", "meaning"), CODES["sinch_amd"].items())
def test_who_answered_in_sinchs_words(word: str, meaning: str) -> None:
    assert sinch_payloads.ANSWERED_BY[word] == meaning


def conversation(**metadata: Any) -> dict[str, Any]:
    return {
        "conversation_id": "conv_1",
        "status": "done",
        "metadata": {**metadata, "phone_call": {"direction": "outbound", **metadata.pop("phone_call", {})}},
    }


@pytest.mark.parametrize(("sentence", "meaning"), CODES["elevenlabs_termination"].items())
def test_a_sentence_of_elevenlabs(sentence: str, meaning: str) -> None:
    report = read_conversation(conversation(termination_reason=sentence))
    assert told(best_of(report.endings, is_completed=True)) == meaning


@pytest.mark.parametrize(("words", "meaning"), CODES["elevenlabs_failure"].items())
def test_a_dial_of_elevenlabs_that_nobody_answered(words: str, meaning: str) -> None:
    reason, status = words.split(" ")
    found = elevenlabs.endings_of_failure(reason=reason, sip_status=int(status))
    assert told(best_of(found, is_completed=False)) == meaning


@pytest.mark.parametrize("result", ["answered", "voicemail", "busy", "no_answer", "failed", "abducted"])
def test_a_call_result_of_elevenlabs(result: str) -> None:
    report = read_conversation(conversation(phone_call={"call_result": result}))
    expected = {
        "answered": ("human", "unknown none"),
        "voicemail": ("machine", "machine_hangup none"),
        "busy": (None, "busy callee"),
        "no_answer": (None, "no_answer callee"),
    }.get(result, (None, "unknown none" if result == "abducted" else "provider_error provider"))
    is_completed = report.status == "completed"
    assert (report.answered_by, told(best_of(report.endings, is_completed=is_completed))) == expected


def test_what_tools_did_is_worth_more_than_the_sentence() -> None:
    body = conversation(termination_reason="Call ended by remote party")
    body["transcript"] = [
        {
            "role": "agent",
            "message": "Bye.",
            "tool_results": [{"result": {"result_type": "transfer_to_number_sip_success"}}],
        },
        {"role": "agent", "message": None, "tool_results": [None, 7, {"result": None}, {"result": {"result_type": 8}}]},
    ]
    assert told(best_of(read_conversation(body).endings, is_completed=True)) == "transferred none"


@pytest.mark.parametrize(("message", "meaning"), [("Please call back.", "voicemail_left"), ("", "machine_hangup")])
def test_a_message_on_a_machine_is_told_from_none(message: str, meaning: str) -> None:
    body = conversation()
    result = {"result_type": "voicemail_detection_success", "voicemail_message": message}
    body["transcript"] = [{"role": "agent", "message": "", "tool_results": [{"result": result}]}]
    body["metadata"]["features_usage"] = {"voicemail_detection": {"enabled": True, "used": True}}
    report = read_conversation(body)
    assert report.answered_by == AnsweredBy.MACHINE
    assert told(best_of(report.endings, is_completed=True)) == f"{meaning} none"


def test_no_table_has_a_reason_without_a_list() -> None:
    """What is in a table and in no list of the documents would be tested by nothing."""
    assert set(map(str, SIP_ENDINGS)) <= set(CODES["sip"])
    assert set(map(str, twilio.ERROR_ENDINGS)) <= set(CODES["twilio_error"])
    reasons = {words.split(" ")[1].lower() for words in CODES["sinch_end"]}
    assert {*sinch.REASON_ENDINGS, *sinch.HANG_UP_SIDES} <= reasons
    assert {EndReason(each.split(" ")[0]) for table in CODES.values() for each in table.values() if " " in each}
    assert {EndFault(each.split(" ")[1]) for table in CODES.values() for each in table.values() if " " in each}
