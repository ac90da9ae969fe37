"""The rules by which reports are merged, with times and figures that no fixture has. No row is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from calls.models import Call, CallStatus
from calls.reports import CallReport, TranscriptTurn
from calls.services.lifecycle.merge_report import complete_times, merge_report

START = datetime(2026, 5, 15, 9, 12, tzinfo=UTC)
HEARD = START + timedelta(hours=1)

moments = st.none() | st.integers(-5, 100).map(lambda seconds: START + timedelta(seconds=seconds))
transcripts = st.none() | st.lists(st.sampled_from(["Hello.", "Bye.", ""]), max_size=3).map(
    lambda said: tuple(
        TranscriptTurn(role="agent", message=message, timestamp=place * 40.0 if message else None)
        for place, message in enumerate(said)
    )
)
reports = st.builds(
    CallReport,
    provider=st.just("twilio"),
    start_time=moments,
    answer_time=moments,
    end_time=moments,
    duration=st.none() | st.integers(0, 90) | st.floats(0, 90),
    summary=st.none() | st.sampled_from(["", "Moved to three.", "Moved to four.", "Moved."]),
    transcript=transcripts,
    provider_metadata=st.dictionaries(st.sampled_from("ab"), st.integers(0, 20) | st.sampled_from(["x", "y"])),
)


def report(**told: Any) -> CallReport:
    return CallReport(provider="twilio", **told)


def merged(*told: CallReport, status: str = CallStatus.COMPLETED) -> Call:
    """A call of which the first report says that it is over."""
    call = Call(provider="twilio", start_time=START, status=status)
    for each in told:
        merge_report(call, each)
        complete_times(call, now=HEARD)
    return call


def columns(call: Call) -> dict[str, Any]:
    return {name: value for name, value in vars(call).items() if name not in ("_state", "id", "created_at")}


@settings(max_examples=200, deadline=None)
@given(st.lists(reports, min_size=1, max_size=4), st.data())
@example([report(end_time=START + timedelta(seconds=60)), report(answer_time=START + timedelta(seconds=9))], None)
@example([report(duration=5), report(answer_time=START + timedelta(seconds=9))], None)
def test_any_reports_come_to_the_same_in_any_order(told: list[CallReport], data: st.DataObject | None) -> None:
    others = (
        told[::-1] if data is None else data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told)))))
    )

    assert columns(merged(*others)) == columns(merged(*told))


def test_a_duration_that_was_counted_is_counted_again() -> None:
    call = merged(report(end_time=START + timedelta(seconds=60)), report(answer_time=START + timedelta(seconds=9)))

    assert (call.duration, call.duration_is_counted) == (51.0, True)


def test_a_duration_that_is_told_counts_before_one_that_was_counted_however_small() -> None:
    call = merged(report(end_time=START + timedelta(seconds=60)), report(duration=3))

    assert (call.duration, call.duration_is_counted) == (3, False)


def test_of_durations_that_are_told_the_greatest_counts() -> None:
    assert merged(report(duration=3), report(duration=63), report(duration=0)).duration == 63


def test_a_call_that_nobody_answered_lasted_no_time() -> None:
    assert merged(report(end_time=START + timedelta(seconds=60)), status=CallStatus.BUSY).duration == 0.0


def test_an_end_that_nobody_tells_is_the_answer_and_the_duration() -> None:
    call = merged(report(duration=10), report(answer_time=START + timedelta(seconds=9)))

    assert (call.end_time, call.end_time_is_counted) == (START + timedelta(seconds=19), True)


def test_an_end_without_a_duration_is_the_moment_at_which_we_heard_of_it_first() -> None:
    call = merged(report())
    complete_times(call, now=HEARD + timedelta(hours=1))

    assert (call.end_time, call.end_time_is_counted) == (HEARD, True)
    assert (call.duration, call.duration_is_counted) == (3600.0, True)


def test_an_end_that_is_told_counts_before_one_that_was_made_up_however_early() -> None:
    call = merged(report(), report(end_time=START + timedelta(seconds=20)))

    assert (call.end_time, call.end_time_is_counted) == (START + timedelta(seconds=20), False)
    assert call.duration == 20.0


def test_a_call_lasted_at_least_until_its_last_turn() -> None:
    turns = (
        TranscriptTurn(role="agent", message="Hello.", timestamp=0.0),
        TranscriptTurn(role="user", message="Bye.", timestamp=42.5),
        TranscriptTurn(role="agent", message="Bye."),
    )
    told = report(end_time=START, transcript=turns)

    assert (merged(told).duration, merged(told).duration_is_counted) == (42.5, True)
    assert merged(told, status=CallStatus.BUSY).duration == 0.0
    assert merged(told, report(duration=40)).duration == 40


def test_a_clock_that_is_wrong_makes_no_negative_duration() -> None:
    assert merged(report(end_time=START - timedelta(seconds=20))).duration == 0.0
