"""What a report changes of a call, by rules that do not ask who came first. No statement, no event."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from calls.models import Call, CallStatus
from calls.providers.registry import provider_of
from calls.reports import CallReport

# The columns that `complete_times` writes.
COUNTED = ("end_time", "end_time_is_counted", "duration", "duration_is_counted")


def merge_report(call: Call, report: CallReport) -> None:
    """Take over what a report has, except its status.

    The earliest start and answer, the latest end, the greater figure and the fuller text count; ids, numbers and
    names that are known stay.
    """
    blanks = {
        _id_column(call, report): report.provider_call_id,
        "from_number": report.from_number,
        "to_number": report.to_number,
        "agent_name": report.agent_name,
    }
    for column, reported in blanks.items():
        if column is not None and reported and not getattr(call, column):
            setattr(call, column, reported)
    _merge_times(call, report)
    if report.transcript is not None:
        turns = [turn.as_document() for turn in report.transcript]
        call.ai_transcript = max(call.ai_transcript or [], turns, key=_fullness)
        call.ai_handled_duration = _greater(call.ai_handled_duration, report.duration)
    call.ai_summary = max(call.ai_summary, report.summary or "", key=lambda text: (len(text), text))
    if report.analysis:
        call.analysis = max(call.analysis or {}, dict(report.analysis), key=_fullness)
    for key, value in report.provider_metadata.items():
        known = call.provider_metadata.get(key)
        call.provider_metadata[key] = value if known is None else max(known, value, key=_fullness)


def complete_times(call: Call, *, now: datetime) -> None:
    """Work out the end and the duration of an ended call where none was reported; again whenever its times may change.

    The end is the beginning plus the reported duration, else `now`, else what it was. The duration is the time up to
    the end, and at least up to the last turn of the transcript; zero for a call that was not answered.
    """
    begin = call.answer_time or call.start_time
    if call.end_time is None or call.end_time_is_counted:
        if call.duration is not None and not call.duration_is_counted:
            call.end_time = begin + timedelta(seconds=call.duration)
        call.end_time = call.end_time or now
        call.end_time_is_counted = True
    if call.duration is None or call.duration_is_counted:
        answered = call.status == CallStatus.COMPLETED
        # Milliseconds, as in the document's times: people read it in the conversation.
        counted = max(round((call.end_time - begin).total_seconds(), 3), _spoken_seconds(call))
        call.duration = counted if answered else 0.0
        call.duration_is_counted = True


def _spoken_seconds(call: Call) -> float:
    """From its start to its last turn, as far as turns tell."""
    return max((float(turn.get("timestamp") or 0.0) for turn in call.ai_transcript or ()), default=0.0)


def _id_column(call: Call, report: CallReport) -> str | None:
    """Where the provider's id goes: a carrier's call may have an AI provider's conversation beside its own."""
    if report.provider == call.provider:
        return "provider_call_id"
    is_handed_over = provider_of(call.provider).carries_calls and provider_of(report.provider).holds_conversations
    return "ai_conversation_id" if is_handed_over else None


def _merge_times(call: Call, report: CallReport) -> None:
    """Reported times take the place of those that were worked out here."""
    call.start_time = _earliest(call.start_time, report.start_time) or call.start_time
    call.answer_time = _earliest(call.answer_time, report.answer_time)
    if report.end_time is not None:
        call.end_time = _latest(None if call.end_time_is_counted else call.end_time, report.end_time)
        call.end_time_is_counted = False
    if report.duration is not None:
        call.duration = _greater(None if call.duration_is_counted else call.duration, report.duration)
        call.duration_is_counted = False


def _earliest(known: datetime | None, reported: datetime | None) -> datetime | None:
    return min(known, reported) if known and reported else known or reported


def _latest(known: datetime | None, reported: datetime | None) -> datetime | None:
    return max(known, reported) if known and reported else known or reported


def _greater(known: float | None, reported: float | None) -> float | None:
    return reported if known is None else known if reported is None else max(known, reported)


def _fullness(value: Any) -> tuple[int, str]:
    """Orders JSON values: the longer one is fuller; of two as long, any, but always the same."""
    text = json.dumps(value, sort_keys=True)
    return len(text), text
