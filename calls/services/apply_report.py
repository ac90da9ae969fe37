"""Applies what a provider reports of a call to its row: in any order, any number of times, with the same outcome."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from calls.events import call_event, content_changed, fetch_messages
from calls.models import Call, CallStatus
from calls.reports import CallReport
from calls.selectors.history import recordings_of
from calls.services.call_message import keep_call_message
from calls.services.change_status import change_status, has_ended
from tether_calls.realtime.events import Event, EventName, publish

_ANSWERED = (CallStatus.IN_PROGRESS, CallStatus.ANSWERED)


def lock_call(call_id: str) -> Call:
    """The row, locked until the transaction ends: whoever changes a call takes turns."""
    calls = Call.objects.all()
    if connection.features.has_select_for_update:
        calls = calls.select_for_update(of=("self",))
    return calls.get(pk=call_id)


@transaction.atomic
def apply_report(*, call_id: str, report: CallReport) -> Call:
    """Merge a report into its call, and publish what it changed.

    Every field has a rule that does not ask who came first: the earliest moment, the greater figure, the fuller text,
    the higher rank. So the same reports end in the same document, in whatever order they come, as long as one of those
    that end the call tells its duration: one that was counted here is not counted again.
    """
    call = lock_call(call_id)
    content = (call.ai_transcript, call.ai_summary)
    _merge(call, report)
    moved = report.status is not None and change_status(call, report.status)
    if has_ended(call):
        complete_times(call)
    call.save()

    recordings = recordings_of([call.pk]).get(call.pk, ())
    events: list[Event] = []
    if moved and call.status in _ANSWERED:
        events.append(call_event(EventName.CALL_ANSWERED, call, recordings))
    if moved and has_ended(call):
        events.append(call_event(EventName.CALL_ENDED, call, recordings))
    if has_ended(call) and keep_call_message(call=call):
        events.append(fetch_messages(call))
    if not moved and has_ended(call) and content != (call.ai_transcript, call.ai_summary):
        events.append(content_changed())
    if events:
        publish(organization_id=call.organization_id, call_id=call.pk, events=events)
    return call


def _merge(call: Call, report: CallReport) -> None:
    for field in ("provider_call_id", "from_number", "to_number", "agent_name"):
        if not getattr(call, field) and getattr(report, field):
            setattr(call, field, getattr(report, field))
    call.start_time = _earliest(call.start_time, report.start_time) or call.start_time
    call.answer_time = _earliest(call.answer_time, report.answer_time)
    call.end_time = _latest(call.end_time, report.end_time)
    call.duration = _greater(call.duration, report.duration)
    if report.transcript is not None:
        turns = [turn.as_document() for turn in report.transcript]
        call.ai_transcript = max(call.ai_transcript or [], turns, key=_fullness)
        call.ai_handled_duration = _greater(call.ai_handled_duration, report.duration)
    call.ai_summary = max(call.ai_summary, report.summary or "", key=lambda text: (len(text), text))
    for key, told in report.provider_metadata.items():
        known = call.provider_metadata.get(key)
        call.provider_metadata[key] = told if known is None else max(known, told, key=_fullness)


def complete_times(call: Call) -> None:
    """What an ended call must have: the provider's duration stands, else it is the time between start and end."""
    if call.duration is None and call.end_time is not None:
        begin = call.answer_time or call.start_time
        answered = call.status == CallStatus.COMPLETED
        # Milliseconds, as in the document's times: people read it in the conversation.
        call.duration = max(0.0, round((call.end_time - begin).total_seconds(), 3)) if answered else 0.0


def _earliest(known: datetime | None, told: datetime | None) -> datetime | None:
    return min(known, told) if known and told else known or told


def _latest(known: datetime | None, told: datetime | None) -> datetime | None:
    return max(known, told) if known and told else known or told


def _greater(known: float | None, told: float | None) -> float | None:
    return told if known is None else known if told is None else max(known, told)


def _fullness(value: Any) -> tuple[int, str]:
    """Orders JSON values: the longer one is fuller; of two as long, any, but always the same."""
    text = json.dumps(value, sort_keys=True)
    return len(text), text
