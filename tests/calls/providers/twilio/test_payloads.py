from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.models import CallStatus
from calls.providers.bodies import PayloadError, parse_form
from calls.providers.twilio.answers import error_code, read_call
from calls.providers.twilio.payloads import (
    STATUSES,
    read_machine_detection,
    read_recording,
    read_status,
    read_voice_request,
)
from calls.reports import CallReport
from tests.calls.providers.any_json import JSON, assert_storable, spoilt
from tests.calls.providers.bodies import FIXTURES, body, document, form

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
CALL = "CA00000000000000000000000000000001"
LEG = "CA00000000000000000000000000000002"
CALL_ID = "68f2c5d13a0b4c5d6e7f8a9b"
USER = "68f2c5d13a0b4c5d6e7f8a01"
RECORDING = "RE0123456789abcdef0123456789abcdef"
FORMS = [form(f"twilio/{path.name}") for path in sorted((FIXTURES / "twilio").glob("*.txt"))]
FIELDS = sorted({name for fields in FORMS for name in fields})
READERS: tuple[Callable[[object], Any], ...] = (
    read_voice_request,
    read_status,
    read_machine_detection,
    read_recording,
)


def at(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 5, 15, hour, minute, second, tzinfo=UTC)


class TestVoiceRequest:
    def test_a_telephone_rings_us(self) -> None:
        request = read_voice_request(form("twilio/voice_inbound.txt"))
        assert request.report == CallReport(
            provider="twilio",
            direction="inbound",
            status="ringing",
            from_number="+14165550171",
            to_number="+14165550100",
            provider_call_id=CALL,
            caller_name="WHITFIELD D",
        )
        assert request.identity is None

    def test_a_browser_dials(self) -> None:
        request = read_voice_request(form("twilio/voice_browser.txt"))
        # Twilio calls this inbound: inbound to Twilio.
        assert (request.report.direction, request.report.status) == ("outbound", "initiated")
        assert (request.report.from_number, request.report.to_number) == (None, "+14165550134")
        assert (request.identity, request.report.call_id) == (USER, CALL_ID)

    def test_a_caller_who_shows_no_number_has_none(self) -> None:
        assert read_voice_request(form("twilio/voice_anonymous.txt")).report.from_number is None


class TestStatus:
    def test_the_dialled_leg_tells_of_the_call(self) -> None:
        status = read_status(form("twilio/status_dialled_answered.txt"))
        assert (status.report.provider_call_id, status.report.provider_metadata["legSid"]) == (CALL, LEG)
        assert (status.report.status, status.report.answer_time) == ("in-progress", at(9, 12, 9))
        assert (status.is_over, status.is_first_leg) == (False, False)

    def test_its_end_has_a_duration_in_seconds(self) -> None:
        report = read_status(form("twilio/status_dialled_completed.txt")).report
        assert (report.status, report.duration, report.end_time) == ("completed", 63, at(9, 13, 12))
        assert report.provider_metadata == {"legSid": LEG, "sipStatus": 200}
        assert (report.from_number, report.to_number) == ("+14165550100", "+14165550134")

    def test_one_that_nobody_answered_says_so(self) -> None:
        status = read_status(form("twilio/status_dialled_no_answer.txt"))
        assert (status.report.status, status.report.duration, status.is_over) == ("no-answer", 0, True)

    def test_one_that_failed_says_why(self) -> None:
        report = read_status({**form("twilio/status_dialled_no_answer.txt"), "ErrorCode": "32009"}).report
        assert report.provider_metadata == {"legSid": LEG, "sipStatus": 487, "errorCode": 32009}

    def test_a_browsers_own_leg_tells_that_the_call_is_over_but_not_what_came_of_it(self) -> None:
        status = read_status(form("twilio/status_browser_completed.txt"))
        assert (status.is_first_leg, status.is_over, status.at) == (True, True, at(9, 13, 13))
        assert (status.report.status, status.report.duration, status.report.end_time) == (None, None, None)
        assert status.report.direction == "outbound"

    def test_the_leg_to_a_browser_tells_who_called_it(self) -> None:
        report = read_status(form("twilio/status_client_answered.txt")).report
        assert (report.direction, report.status) == ("inbound", "in-progress")
        assert (report.from_number, report.to_number) == ("+14165550171", None)

    def test_a_call_that_we_placed_has_one_leg(self) -> None:
        status = read_status(form("twilio/status_api_busy.txt"))
        assert (status.report.direction, status.report.status) == ("outbound", "busy")
        assert (status.report.provider_call_id, status.is_over) == (CALL, True)

    @pytest.mark.parametrize(
        ("state", "dialled", "first"),
        [
            ("queued", "initiated", "initiated"),
            ("initiated", "initiated", "initiated"),
            ("ringing", "ringing", "ringing"),
            ("in-progress", "in-progress", None),
            ("completed", "completed", None),
            ("busy", "busy", "busy"),
            ("no-answer", "no-answer", "no-answer"),
            ("failed", "failed", "failed"),
            ("canceled", "canceled", "canceled"),
            ("a word of tomorrow", None, None),
            ("", None, None),
        ],
    )
    def test_its_words_become_ours(self, state: str, dialled: str | None, first: str | None) -> None:
        for direction, expected in (("outbound-dial", dialled), ("outbound-api", dialled), ("inbound", first)):
            data = {"CallSid": CALL, "CallStatus": state, "Direction": direction, "From": "+14165550171"}
            assert read_status(data).report.status == expected

    def test_a_browser_that_rings_itself_rings_nobody(self) -> None:
        data = {"CallSid": CALL, "CallStatus": "ringing", "Direction": "inbound", "From": f"client:{USER}"}
        assert read_status(data).report.status == "initiated"

    @pytest.mark.parametrize("address", ["sip:+14165550100@sip.rtc.elevenlabs.io", "+14165550199"])
    def test_of_what_is_dialled_on_nothing_tells_whose_call_it_was(self, address: str) -> None:
        data = {"CallSid": LEG, "ParentCallSid": CALL, "Direction": "outbound-dial", "From": "+1", "To": address}
        assert read_status(data).report.direction is None

    @pytest.mark.parametrize("value", ["", "x", "-1", "1.5e9", "٣", "99999999999999999999", None, 7.5, "NaN"])
    def test_figures_that_are_none_were_not_told(self, value: Any) -> None:
        data = {"CallSid": CALL, "CallStatus": "completed", "Direction": "outbound-api", "CallDuration": value}
        duration = read_status({**data, "Timestamp": value, "SequenceNumber": value}).report.duration
        assert duration in (None, 7.5)


class TestOthers:
    def test_a_recording_has_an_address_when_it_is_complete(self) -> None:
        news = read_recording(form("twilio/recording.txt"))
        assert (news.state, news.report.has_audio) == ("completed", True)
        assert (
            news.report.recording_url == f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}"
        )
        assert news.report.provider_call_id == CALL

    def test_one_that_is_absent_has_none(self) -> None:
        news = read_recording(form("twilio/recording_absent.txt"))
        assert (news.state, news.report.recording_url, news.report.has_audio) == ("absent", None, False)

    def test_a_machine_answered(self) -> None:
        report = read_machine_detection(form("twilio/amd.txt"))
        assert (report.provider_metadata["answeredBy"], report.provider_call_id) == ("machine", LEG)
        unknown = read_machine_detection({"CallSid": CALL, "AnsweredBy": "a dog"})
        assert "answeredBy" not in unknown.provider_metadata

    def test_a_call_that_was_asked_for_tells_how_it_ended(self) -> None:
        report = read_call(document("twilio/call.json"))
        assert report == CallReport(
            provider="twilio",
            direction="outbound",
            status="completed",
            from_number="+14165550100",
            to_number="+14165550134",
            start_time=at(9, 12, 0),
            end_time=at(9, 13, 12),
            duration=72,
            provider_call_id=CALL,
        )

    def test_one_that_rings_has_neither_end_nor_duration(self) -> None:
        report = read_call(document("twilio/call_ringing.json"))
        assert (report.status, report.end_time, report.duration) == ("ringing", None, None)

    @pytest.mark.parametrize("read", READERS)
    @pytest.mark.parametrize("data", [None, [], "x", {}, {"CallSid": ""}, {"CallSid": 7}, {"CallSid": "x" * 256}])
    def test_without_a_call_it_is_refused(self, read: Callable[[object], Any], data: Any) -> None:
        with pytest.raises(PayloadError):
            read(data)

    def test_a_body_is_read_as_the_form_that_it_is(self) -> None:
        assert parse_form(body("twilio/voice_browser.txt")) == form("twilio/voice_browser.txt")


class TestTables:
    def test_they_name_only_states_that_a_call_can_have(self) -> None:
        assert set(STATUSES.values()) <= set(CallStatus.values)


class TestAnyBody:
    @given(JSON | spoilt(FORMS) | st.dictionaries(st.sampled_from(FIELDS), st.text()))
    def test_a_form_is_read_or_refused(self, data: Any) -> None:
        for read in READERS:
            try:
                read_as = read(data)
                assert_storable(read_as if isinstance(read_as, CallReport) else read_as.report)
            except PayloadError:
                continue

    @given(JSON | spoilt([document("twilio/call.json"), document("twilio/call_ringing.json")]))
    def test_a_call_is_read_or_refused(self, data: Any) -> None:
        error_code(data)
        try:
            assert_storable(read_call(data))
        except PayloadError:
            return
