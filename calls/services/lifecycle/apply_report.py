"""Applies what a provider reports of a call to its row: in any order, any number of times, with the same outcome."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from calls.events import call_event, content_changed, fetch_messages, recording_ready
from calls.models import Call, CallStatus, Recording
from calls.reports import CallReport, StoredRecording
from calls.selectors.history import recordings_of
from calls.services.lifecycle.call_message import keep_call_message
from calls.services.lifecycle.change_status import change_status, has_ended
from calls.services.lifecycle.charge_call import charge_ended_call
from calls.services.lifecycle.merge_report import complete_times, merge_report
from tether_calls.common.statements import insert
from tether_calls.realtime.events import Event, EventName, publish

_ANSWERED = (CallStatus.IN_PROGRESS, CallStatus.ANSWERED)


@dataclass(frozen=True, kw_only=True)
class AppliedReport:
    """The call as it is now; `stored_is_used`: the file that came with the report is the call's."""

    call: Call
    stored_is_used: bool


def lock_call(call_id: str) -> Call:
    """The row, locked until the transaction ends: whoever changes a call takes turns."""
    return Call.objects.select_for_update(of=("self",)).get(pk=call_id)


@transaction.atomic
def apply_report(*, call_id: str, report: CallReport, stored: StoredRecording | None = None) -> AppliedReport:
    """Merge a report into its call, make a stored recording the call's, and publish what that changed.

    The same reports end in the same document, message and recordings, in whatever order and however often they come.
    Out of this promise are reports that contradict each other: of two ways in which a call ended the first one stays,
    and so does the first of two ids, numbers or names. So is an end that nobody tells, which is the moment we heard.

    A recording with the same bytes is kept once. Whoever brings one that is not used, or gets an exception that says
    that nothing was committed, has to `discard_stored` it. Raises Call.DoesNotExist, and IntegrityError where the
    provider's id is another call's.
    """
    call = lock_call(call_id)
    content = _content(call)
    merge_report(call, report)
    moved = report.status is not None and change_status(call, report.status)
    if has_ended(call):
        complete_times(call, now=timezone.now())
    call.save()

    recordings = recordings_of([call.pk])[call.pk]
    attached = _attach_once(call, recordings, stored)
    events: list[Event] = []
    if moved and call.status in _ANSWERED:
        events.append(call_event(EventName.CALL_ANSWERED, call, recordings))
    if moved and has_ended(call):
        events.append(call_event(EventName.CALL_ENDED, call, recordings))
    if attached is not None:
        events.append(recording_ready(call, attached, recordings))
    if has_ended(call) and keep_call_message(call=call):
        events.append(fetch_messages(call))
    if not moved and has_ended(call) and content != _content(call):
        events.append(content_changed())
    if events:
        publish(organization_id=call.organization_id, call_id=call.pk, events=events)
    charge_ended_call(call)
    # By name: whoever does not know whether an earlier attempt was committed may try again with the same file.
    is_used = stored is not None and any(recording.file.name == stored.name for recording in recordings)
    return AppliedReport(call=call, stored_is_used=is_used)


def attach_recording(*, call: Call, stored: StoredRecording) -> Recording:
    """Write the row that makes a stored recording a call's. One statement; to be called in the call's transaction."""
    recording = Recording(
        call=call, file=stored.name, size=stored.size, sha256=stored.sha256, duration=round(stored.duration, 3)
    )
    insert(recording)
    return recording


def _content(call: Call) -> tuple[object, ...]:
    """What was said, and what it came to; nothing said is nothing new."""
    return call.ai_transcript or None, call.ai_summary


def _attach_once(call: Call, recordings: list[Recording], stored: StoredRecording | None) -> Recording | None:
    """The new recording, also added to `recordings`; None where its bytes are known. The call is locked."""
    if stored is None or any(recording.sha256 == stored.sha256 for recording in recordings):
        return None
    attached = attach_recording(call=call, stored=stored)
    recordings.append(attached)
    return attached
