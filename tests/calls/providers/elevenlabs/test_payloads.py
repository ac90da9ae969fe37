from __future__ import annotations

import copy
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from calls.models import CallStatus
from calls.providers.bodies import PayloadError
from calls.providers.elevenlabs import answers, conversation, payloads
from calls.providers.elevenlabs.payloads import (
    AudioDelivery,
    InitiationFailure,
    Transcription,
    UnknownDelivery,
    is_delivery,
    read_delivery,
    read_personalization,
    read_tool_request,
)
from tests.calls.providers.any_json import JSON, assert_storable, spoilt
from tests.calls.providers.bodies import FIXTURES, document

CONVERSATION = "conv_8401kabcdefgh1234567890jklmn"
AGENT = "agent_7101k5zvyjhmfg983brhmhkd98n6"
CALL_ID = "68f2c5d13a0b4c5d6e7f8a9b"

DELIVERIES = [
    document(f"elevenlabs/{name}.json")
    for name in (
        "post_call_transcription",
        "post_call_transcription_inbound",
        "post_call_audio",
        "call_initiation_failure_sip",
        "call_initiation_failure_twilio",
        "answering_machine_detection",
    )
]


def failure(name: str) -> InitiationFailure:
    delivery = read_delivery(document(f"elevenlabs/{name}.json"))
    assert isinstance(delivery, InitiationFailure)
    return delivery


class TestAudio:
    def test_it_is_decoded_when_it_is_written(self) -> None:
        delivery = read_delivery(document("elevenlabs/post_call_audio.json"))
        assert isinstance(delivery, AudioDelivery)
        assert delivery.conversation_id == CONVERSATION
        into = io.BytesIO()
        sound = (FIXTURES / "audio/blip.mp3").read_bytes()
        assert delivery.write_to(into) == len(sound)
        assert into.getvalue() == sound
        assert delivery.audio_base64 not in repr(delivery)

    def test_a_long_one_is_decoded_slice_by_slice(self) -> None:
        audio = payloads.AudioDelivery(conversation_id="c", audio_base64="AAEC" * 400_000 + "Aw==")
        into = io.BytesIO()
        assert audio.write_to(into) == 1_200_001
        assert into.getvalue() == b"\0\1\2" * 400_000 + b"\3"

    @pytest.mark.parametrize("audio", ["A", "====", "AAAA=", "AA A", "é", "AAAA\nAAAA", "AA==AAAA"])
    def test_what_is_not_base64_is_no_audio(self, audio: str) -> None:
        delivery = payloads.AudioDelivery(conversation_id="c", audio_base64=audio)
        with pytest.raises(PayloadError):
            delivery.write_to(io.BytesIO())

    @pytest.mark.parametrize("audio", [None, "", 7, []])
    def test_a_delivery_without_audio_is_none(self, audio: Any) -> None:
        with pytest.raises(PayloadError, match="full_audio"):
            read_delivery({"type": "post_call_audio", "data": {"conversation_id": "c", "full_audio": audio}})


class TestInitiationFailure:
    def test_it_tells_what_sip_answered(self) -> None:
        report = failure("call_initiation_failure_sip").report
        assert (report.direction, report.status) == ("outbound", "busy")
        sent = document("elevenlabs/call_initiation_failure_sip.json")["event_timestamp"]
        assert report.heard_at == datetime.fromtimestamp(sent, tz=UTC)
        assert (report.from_number, report.to_number) == ("+14165550100", "+14165550135")
        assert report.provider_metadata == {"failureReason": "busy", "callSid": "SCL_busy1", "sipStatus": 486}

    def test_it_tells_what_twilio_reported(self) -> None:
        report = failure("call_initiation_failure_twilio").report
        assert (report.status, report.to_number) == ("no-answer", "+14165550136")
        assert report.provider_metadata["sipStatus"] == 487
        assert report.duration is None

    @pytest.mark.parametrize("reason", ["unknown", "a word of tomorrow", None, 7])
    def test_whatever_the_reason_the_call_failed(self, reason: Any) -> None:
        body = copy.deepcopy(DELIVERIES[3])
        body["data"]["failure_reason"] = reason
        delivery = read_delivery(body)
        assert isinstance(delivery, InitiationFailure)
        assert delivery.report.status == "failed"


class TestOtherDeliveries:
    def test_an_event_that_nobody_knows_is_kept(self) -> None:
        delivery = read_delivery(document("elevenlabs/answering_machine_detection.json"))
        assert isinstance(delivery, UnknownDelivery)
        assert delivery.event == "answering_machine_detection"

    @pytest.mark.parametrize("body", [None, [], "x", {}, {"type": 7, "data": {}}, {"type": "x", "data": 1}])
    def test_what_has_no_envelope_is_none(self, body: Any) -> None:
        assert not is_delivery(body)
        with pytest.raises(PayloadError):
            read_delivery(body)

    def test_a_tools_request_is_no_delivery(self) -> None:
        body = document("elevenlabs/tool_request.json")
        assert not is_delivery(body)
        request = read_tool_request(body)
        assert (request.tool_name, request.conversation_id, request.call_id) == ("book_slot", CONVERSATION, CALL_ID)

    def test_personalization_asks_who_is_calling(self) -> None:
        request = read_personalization(document("elevenlabs/personalization.json"))
        assert (request.caller_number, request.called_number) == ("+14165550171", "+14165550100")
        assert request.call_sid == "SCL_in1"


class TestTables:
    def test_they_name_only_states_that_a_call_can_have(self) -> None:
        tables = (conversation.STATUSES, conversation.CALL_RESULTS, payloads.FAILURE_REASONS)
        assert {status for table in tables for status in table.values()} <= set(CallStatus.values)


class TestAnyBody:
    @given(JSON | spoilt(DELIVERIES))
    def test_a_delivery_is_read_or_refused(self, body: Any) -> None:
        try:
            delivery = read_delivery(body)
        except PayloadError:
            return
        if isinstance(delivery, Transcription | InitiationFailure):
            assert_storable(delivery.report)

    @given(JSON | spoilt([document("elevenlabs/tool_request.json"), document("elevenlabs/personalization.json")]))
    def test_a_request_is_read_or_refused(self, body: Any) -> None:
        for read in (read_personalization, read_tool_request):
            try:
                read(body)
            except PayloadError:
                continue

    @given(spoilt([document(f"elevenlabs/{name}.json") for name in ("outbound_call", "conversations", "error_422")]))
    def test_an_answer_is_read_or_refused(self, body: Any) -> None:
        answers.error_code(body)
        if not isinstance(body, dict):
            return
        for read in (answers.read_dial, answers.read_conversations, answers.read_phone_number_id):
            try:
                read(body)
            except PayloadError:
                continue
