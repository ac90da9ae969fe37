from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from calls.outcomes import Ending, EndReason, Weight
from calls.providers.bodies import PayloadError
from calls.providers.elevenlabs.conversation import read_conversation
from calls.providers.elevenlabs.payloads import Transcription, read_delivery
from calls.reports import CallReport, TranscriptTurn
from tests.calls.providers.any_json import JSON, assert_storable, spoilt
from tests.calls.providers.bodies import document

CONVERSATION = "conv_8401kabcdefgh1234567890jklmn"
AGENT = "agent_7101k5zvyjhmfg983brhmhkd98n6"
CALL_ID = "68f2c5d13a0b4c5d6e7f8a9b"
CONVERSATIONS = [document(f"elevenlabs/conversation{suffix}.json") for suffix in ("", "_in_progress", "_no_answer")]


def at(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 5, 15, hour, minute, second, tzinfo=UTC)


def transcription(name: str = "post_call_transcription") -> Transcription:
    delivery = read_delivery(document(f"elevenlabs/{name}.json"))
    assert isinstance(delivery, Transcription)
    return delivery


def changed(**values: Any) -> CallReport:
    """The conversation with these fields set; `metadata__cost` reaches inside."""
    body = copy.deepcopy(CONVERSATIONS[0])
    for path, value in values.items():
        *parents, last = path.split("__")
        inner = body
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    return read_conversation(body)


class TestTranscription:
    def test_it_tells_all_of_the_call(self) -> None:
        report = transcription().report
        assert report == CallReport(
            provider="elevenlabs",
            direction="outbound",
            status="completed",
            from_number="+14165550100",
            to_number="+14165550134",
            start_time=at(9, 10, 0),
            answer_time=at(9, 10, 6),
            end_time=at(9, 10, 48),
            duration=42,
            provider_call_id=CONVERSATION,
            call_id=CALL_ID,
            transcript=(
                TranscriptTurn("agent", "Hello Dana, this is Maple Dental about your appointment on Thursday.", 0),
                TranscriptTurn("user", "Yes, could we make it three o'clock?", 7),
                TranscriptTurn("agent", "Three o'clock it is. See you on Thursday!", 13),
            ),
            summary="Dana asked to move her appointment on Thursday to three o'clock, and the agent booked it.",
            agent_name="Appointment desk",
            provider_agent_id=AGENT,
            has_audio=True,
            answered_by="human",
            endings=(Ending(EndReason.AGENT_HANGUP, weight=Weight.DEED),),
            analysis={
                "call_successful": "success",
                "evaluation_criteria_results": {
                    "rebooked": {"result": "success", "rationale": "A new time was agreed."}
                },
                "data_collection_results": {"new_time": {"value": "15:00", "rationale": "Named by the caller."}},
            },
            provider_metadata={
                "callSid": "SCL_mV3kqR2ZxYwv",
                "sipCallId": "SCL_mV3kqR2",
                "callResult": "answered",
                "callSuccessful": "success",
                "callSummaryTitle": "Appointment moved",
                "terminationReason": "end_call tool was called.",
                "initiationSource": "sip_trunk",
                "mainLanguage": "en",
                "cost": 296,
                "costUsd": 0.0581,
            },
        )

    def test_words_that_every_row_of_the_history_carries_are_cut(self) -> None:
        told = changed(
            metadata__termination_reason="t" * 5000, metadata__error={"reason": "r" * 5000}
        ).provider_metadata
        assert (told["terminationReason"], told["errorReason"]) == ("t" * 1000, "r" * 1000)

    def test_an_inbound_call_comes_from_the_other_side(self) -> None:
        report = transcription("post_call_transcription_inbound").report
        assert (report.direction, report.customer_number, report.own_number) == (
            "inbound",
            "+14165550171",
            "+14165550100",
        )
        # user_id is the caller's number there, not an id of ours.
        assert report.call_id is None

    def test_a_conversation_in_a_browser_has_neither_numbers_nor_direction(self) -> None:
        report = changed(metadata__phone_call=None)
        assert (report.direction, report.from_number, report.to_number) == (None, None, None)
        assert report.status == "completed"

    def test_it_is_over_even_when_it_does_not_say_so(self) -> None:
        body = document("elevenlabs/post_call_transcription.json")
        del body["data"]["status"]
        delivery = read_delivery(body)
        assert isinstance(delivery, Transcription)
        assert delivery.report.status == "completed"

    def test_secrets_of_tools_go_nowhere(self) -> None:
        assert "not-for-the-log" not in repr(transcription())

    @pytest.mark.parametrize("place", ["user_id", "client user_id", "dynamic variable"])
    def test_our_id_is_found_wherever_it_travelled(self, place: str) -> None:
        body = copy.deepcopy(CONVERSATIONS[0])
        client_data = body["conversation_initiation_client_data"]
        client_data["dynamic_variables"] = {"tether_call_id": CALL_ID} if place == "dynamic variable" else {}
        client_data["user_id"] = CALL_ID if place == "client user_id" else None
        body["user_id"] = CALL_ID if place == "user_id" else "somebody"
        assert read_conversation(body).call_id == CALL_ID


class TestConversation:
    def test_one_in_progress_has_no_end_yet(self) -> None:
        report = read_conversation(document("elevenlabs/conversation_in_progress.json"))
        assert (report.status, report.end_time, report.duration) == ("in-progress", None, None)
        assert report.answer_time == at(9, 10, 6)
        assert (report.transcript, report.summary, report.has_audio) == ((), None, False)

    def test_one_that_nobody_answered_says_so(self) -> None:
        report = read_conversation(document("elevenlabs/conversation_no_answer.json"))
        assert (report.status, report.duration, report.answer_time) == ("no-answer", 0, None)

    @pytest.mark.parametrize(
        ("status", "result", "expected"),
        [
            ("initiated", None, "initiated"),
            ("in-progress", None, "in-progress"),
            ("processing", "answered", "in-progress"),
            ("done", "answered", "completed"),
            ("done", "voicemail", "completed"),
            ("done", "a word of tomorrow", "completed"),
            ("done", "busy", "busy"),
            ("failed", None, "failed"),
            ("failed", "answered", "failed"),
            ("failed", "no_answer", "no-answer"),
            ("failed", "failed", "failed"),
            ("in-progress", "busy", "in-progress"),
            ("a word of tomorrow", "busy", None),
            (7, None, None),
        ],
    )
    def test_its_words_become_ours(self, status: Any, result: Any, expected: str | None) -> None:
        assert changed(status=status, metadata__phone_call__call_result=result).status == expected

    @pytest.mark.parametrize("nothing", [None, 7, "x", [], {}])
    def test_parts_of_another_type_were_not_told(self, nothing: Any) -> None:
        report = changed(metadata=nothing, analysis=nothing, agent_name=None, has_audio=nothing, transcript=None)
        assert (report.start_time, report.duration, report.summary, report.transcript) == (None, None, None, None)
        assert (report.agent_name, report.has_audio) == ("", None)

    def test_turns_without_a_known_speaker_or_words_are_left_out(self) -> None:
        turns = [None, 7, {}, {"role": "system", "message": "x"}, {"role": "user", "message": " "}]
        report = changed(transcript=[*turns, {"role": "user", "message": "Hello", "time_in_call_secs": -1}])
        assert report.transcript == (TranscriptTurn("user", "Hello", None),)

    @pytest.mark.parametrize("value", [None, "", 7, "x" * 256, " conv", {}])
    def test_without_its_id_it_is_nothing(self, value: Any) -> None:
        with pytest.raises(PayloadError, match="conversation_id"):
            changed(conversation_id=value)


class TestAnyBody:
    @given(JSON | spoilt(CONVERSATIONS))
    def test_a_conversation_is_read_or_refused(self, body: Any) -> None:
        try:
            assert_storable(read_conversation(body))
        except PayloadError:
            return
