from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from calls.models import CallStatus
from calls.providers.bodies import PayloadError
from calls.providers.sinch import payloads
from calls.providers.sinch.payloads import (
    AnsweredCall,
    EndedCall,
    IncomingCall,
    MenuInput,
    Notification,
    UnknownEvent,
    read_call,
    read_event,
)
from calls.reports import Authority, CallReport
from tests.calls.providers.any_json import JSON, assert_storable, spoilt
from tests.calls.providers.bodies import document

KEY = "669E367E-6BBA-48AB-AF15-266871C28135"
CALL = "4398599d1ba84ef3bde0a82dfb61abed"
CALL_ID = "68f2c5d13a0b4c5d6e7f8a9b"
EVENTS = [
    document(f"sinch/{name}.json")
    for name in (
        "ice_inbound",
        "ice_browser",
        "ace",
        "ace_machine",
        "dice_answered",
        "dice_no_answer",
        "dice_canceled",
        "pie",
        "notify_recording",
        "notify_amd",
        "notify_conference",
    )
]
CALLS = [document("sinch/call.json"), document("sinch/call_ongoing.json")]


def read(name: str, **changes: Any) -> Any:
    return read_event({**document(f"sinch/{name}.json"), **changes})


def at(hour: int, minute: int, second: int, microsecond: int = 0) -> datetime:
    return datetime(2026, 5, 15, hour, minute, second, microsecond, tzinfo=UTC)


class TestIncomingCall:
    def test_a_telephone_rings_us(self) -> None:
        event = read("ice_inbound")
        assert isinstance(event, IncomingCall)
        assert event.report == CallReport(
            provider="sinch",
            direction="inbound",
            status="ringing",
            from_number="+14165550171",
            to_number="+14165550100",
            start_time=at(9, 10, 0, 417_000),
            provider_call_id="822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257",
        )
        assert event.to_type == "did"
        assert event.user_id is None

    def test_a_browser_dials(self) -> None:
        event = read("ice_browser")
        assert isinstance(event, IncomingCall)
        assert (event.report.direction, event.report.status) == ("outbound", "initiated")
        assert (event.report.from_number, event.report.to_number) == (None, "+14165550134")
        assert event.report.call_id == CALL_ID
        assert event.user_id == "68f2c5d13a0b4c5d6e7f8a01"

    def test_our_id_may_also_travel_as_custom(self) -> None:
        assert read("ice_browser", callHeaders=None, custom=CALL_ID).report.call_id == CALL_ID
        assert read("ice_browser", callHeaders=[7, {"key": "callId", "value": 7}], custom="x").report.call_id is None

    @pytest.mark.parametrize(
        ("changes", "direction", "status"),
        [
            ({"originationType": "pstn"}, "inbound", "ringing"),
            ({"originationType": "SIP"}, "inbound", "ringing"),
            ({"originationType": "a word of tomorrow"}, "outbound", "initiated"),
            ({"originationType": None, "userId": None}, None, None),
        ],
    )
    def test_where_it_began_tells_its_direction(
        self, changes: dict[str, Any], direction: str | None, status: str | None
    ) -> None:
        report = read("ice_browser", **changes).report
        assert (report.direction, report.status) == (direction, status)

    @pytest.mark.parametrize("cli", ["private", "anonymous", "", None, 14165550171, "+266696687", "Dana"])
    def test_a_caller_without_a_number_has_none(self, cli: Any) -> None:
        assert read("ice_inbound", cli=cli).report.from_number is None

    def test_a_user_who_is_called_has_no_number(self) -> None:
        event = read("ice_inbound", to={"type": "username", "endpoint": "14165550100"})
        assert event.report.to_number is None
        assert event.to_type == "username"


class TestAnsweredCall:
    def test_it_tells_when(self) -> None:
        event = read("ace")
        assert isinstance(event, AnsweredCall)
        assert (event.report.status, event.report.answer_time) == ("in-progress", at(9, 12, 9, 123_456))
        assert "answeredBy" not in event.report.provider_metadata

    def test_it_tells_that_a_machine_answered(self) -> None:
        event = read("ace_machine")
        assert event.report.provider_metadata["answeredBy"] == "machine"
        # Without a zone it is UTC.
        assert event.report.answer_time == at(9, 12, 9)


class TestEndedCall:
    def test_it_tells_how_long_it_was(self) -> None:
        event = read("dice_answered")
        assert isinstance(event, EndedCall)
        assert event.report == CallReport(
            provider="sinch",
            status="completed",
            from_number="+14165550100",
            to_number="+14165550134",
            end_time=at(9, 13, 12),
            duration=63,
            provider_call_id=CALL,
            call_id=CALL_ID,
            hung_up_by="callee",
            provider_metadata={"result": "ANSWERED", "reason": "CALLEEHANGUP", "cost": 0.0138, "currency": "USD"},
        )

    def test_one_that_nobody_answered_has_no_duration(self) -> None:
        report = read("dice_no_answer").report
        assert (report.status, report.duration, report.from_number) == ("no-answer", None, None)

    @pytest.mark.parametrize(
        ("result", "reason", "status"),
        [
            ("ANSWERED", "CALLERHANGUP", "completed"),
            ("BUSY", "BUSY", "busy"),
            ("NOANSWER", "TIMEOUT", "no-answer"),
            ("FAILED", "GENERALERROR", "failed"),
            ("N/A", "CANCEL", "canceled"),
            ("N/A", "NOCREDITPARTNER", "failed"),
            ("a word of tomorrow", "BLOCKED", "failed"),
        ],
    )
    def test_its_words_become_ours(self, result: Any, reason: Any, status: str) -> None:
        report = read("dice_answered", result=result, reason=reason).report

        assert (report.status, report.authority) == (status, Authority.FIRM)

    @pytest.mark.parametrize(
        ("result", "reason", "unanswered"),
        [
            ("N/A", "CALLERHANGUP", "canceled"),
            ("N/A", "MANAGERHANGUP", "canceled"),
            ("N/A", "CALLEEHANGUP", "no-answer"),
            ("N/A", "N/A", "failed"),
            ("a word of tomorrow", "another", "failed"),
            (None, None, "failed"),
            (7, [], "failed"),
        ],
    )
    def test_words_that_do_not_say_whether_it_was_answered_leave_that_open(
        self, result: Any, reason: Any, unanswered: str
    ) -> None:
        talked = read("dice_answered", result=result, reason=reason).report
        open_end = read("dice_answered", result=result, reason=reason, duration=0).report

        assert (talked.status, talked.authority) == ("completed", Authority.FIRM)
        assert (open_end.status, open_end.authority) == (unanswered, Authority.OPEN)


class TestOtherEvents:
    def test_a_menu_is_of_its_call(self) -> None:
        event = read("pie")
        assert isinstance(event, MenuInput)
        # They write the call's id in two ways.
        assert event.report.provider_call_id == "822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257"

    def test_a_recording_lies_in_a_bucket(self) -> None:
        event = read("notify_recording")
        assert isinstance(event, Notification)
        assert event.kind == "recording_available"
        assert event.report.recording_url is None

    def test_a_machine_may_be_found_later(self) -> None:
        assert read("notify_amd").report.provider_metadata["answeredBy"] == "human"

    @pytest.mark.parametrize("name", ["notify_conference", "ace"])
    def test_what_is_of_no_call_or_unknown_is_kept(self, name: str) -> None:
        event = read(name, **({"event": "a word of tomorrow"} if name == "ace" else {}))
        assert isinstance(event, UnknownEvent)

    @pytest.mark.parametrize("body", [None, [], {}, {"event": 7}, {"event": "ice"}, {"event": "dice", "callid": 7}])
    def test_what_is_no_event_is_refused(self, body: Any) -> None:
        with pytest.raises(PayloadError):
            read_event(body)


class TestCall:
    def test_one_that_is_over_tells_how_it_ended(self) -> None:
        report = read_call(document("sinch/call.json"))
        assert (report.status, report.duration, report.start_time) == ("completed", 63, at(9, 12, 0))
        assert (report.from_number, report.to_number) == (None, "+14165550134")

    def test_one_that_goes_on_tells_nothing_of_it(self) -> None:
        report = read_call(document("sinch/call_ongoing.json"))
        assert (report.status, report.duration) == (None, None)

    @pytest.mark.parametrize(("duration", "status"), [(12, "completed"), (0, "failed"), (None, "failed")])
    def test_one_that_ended_in_words_that_nobody_knows_is_over(self, duration: int | None, status: str) -> None:
        body = {**document("sinch/call.json"), "result": "ABDUCTED", "reason": "ALIENS", "duration": duration}
        assert read_call(body).status == status

    def test_older_answers_name_the_sides_in_plain_text(self) -> None:
        body = {**copy.deepcopy(CALLS[0]), "from": "+14165550100", "callid": CALL, "callId": None}
        assert read_call(body).from_number == "+14165550100"


class TestTables:
    def test_they_name_only_states_that_a_call_can_have(self) -> None:
        assert {*payloads.RESULTS.values(), *payloads.REASONS.values()} <= set(CallStatus.values)


class TestAnyBody:
    @given(JSON | spoilt(EVENTS))
    def test_an_event_is_read_or_refused(self, body: Any) -> None:
        try:
            event = read_event(body)
        except PayloadError:
            return
        if not isinstance(event, UnknownEvent):
            assert_storable(event.report)

    @given(JSON | spoilt(CALLS))
    def test_a_call_is_read_or_refused(self, body: Any) -> None:
        try:
            assert_storable(read_call(body))
        except PayloadError:
            return
