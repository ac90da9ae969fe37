"""Applies what a provider reports of a call to its row: in any order, any number of times, with the same outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from calls.events import call_event, content_changed, fetch_messages, recording_ready
from calls.models import Call, CallDirection, CallStatus, CallTag, Recording
from calls.models.call_words import said
from calls.reports import Authority, CallReport, StoredRecording
from calls.selectors.history import recordings_of_locked
from calls.selectors.privacy.storage_mode import with_storage_mode
from calls.services.lifecycle.call_message import keep_call_message
from calls.services.lifecycle.change_status import (
    ANSWERED,
    TERMINAL,
    change_status,
    close_open_end,
    correct_end,
    has_ended,
)
from calls.services.lifecycle.charge_call import charge_ended_call
from calls.services.lifecycle.hand_over import follow_leg
from calls.services.lifecycle.hear_opt_out import hear_opt_out
from calls.services.lifecycle.keep_consent import hear_announcement, merge_consent, takes_audio
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.merge_outcome import merge_outcome
from calls.services.lifecycle.merge_report import complete_times, merge_report
from calls.services.lifecycle.storage_mode import storage_mode_in, withhold, without_person
from calls.services.lifecycle.want_silence import want_silence
from contacts.events import note_created
from contacts.services.notes import keep_summary_note
from tether_calls.common.compiled_query import CompiledQuery
from tether_calls.common.rows import new_row
from tether_calls.common.statements import insert, update_row
from tether_calls.realtime.events import Event, EventName, publish

_CLOCKS_DIFFER = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class AppliedReport:
    """The call as it is now; `stored_is_used`: the file that came with the report is the call's."""

    call: Call
    stored_is_used: bool


def lock_call(*, organization_id: str, call_id: str) -> Call:
    """The organization's call, locked until the transaction ends: changes of a call take turns. With `storage_mode`.

    One statement. Raises Call.DoesNotExist.
    """
    found: list[Call] = _LOCKED.instances(organization_id=organization_id, call_id=call_id)
    if not found:
        raise Call.DoesNotExist
    return found[0]


_LOCKED: Final = CompiledQuery(
    lambda organization_id, call_id: (
        with_storage_mode(Call.objects.of_organization(organization_id))
        .filter(pk=call_id)
        .select_for_update(of=("self",))
    ),
    "organization_id",
    "call_id",
)


@transaction.atomic
def apply_report(
    *, organization_id: str, call_id: str, report: CallReport, stored: StoredRecording | None = None
) -> AppliedReport:
    """Merge a report into its call, make a stored recording the call's, and publish what that changed.

    The same reports end in the same document, message and recordings, in any order and any number of times.
    Of two ways in which a call ended, the one with the greater authority decides, and corrects an end that is known
    already. Exceptions: contradictory reports with the same authority (the first end, id, number or name stays); a
    start or an end time that was not sent (the time of receipt).

    A recording with the same bytes is kept once. A caller whose recording is not used, or who gets an exception that
    says that nothing was committed, has to `discard_stored` it. Raises Call.DoesNotExist, and IntegrityError where the
    provider's id is another call's.
    """
    call = lock_call(organization_id=organization_id, call_id=call_id)
    if call.person_erased_at is not None:
        report = without_person(report)
    content, figures, words, outcome = _content(call), _figures(call), said(call), _outcome(call)
    if _is_of_another_leg(call, report):
        # That leg's end is not the call's: neither its status nor its times.
        report = replace(report, status=None, end_time=None, duration=None)
    had_ended = has_ended(call)
    merge_report(call, report)
    moved = report.status is not None and change_status(call, report.status, report.authority)
    is_corrected = had_ended and not moved and _corrected(call, report)
    if has_ended(call):
        close_open_end(call)
        complete_times(call, now=report.heard_at or timezone.now())
    merge_outcome(call, endings=report.endings, hung_up_by=report.hung_up_by, answered_by=report.answered_by)
    consents = merge_consent(call, report.recording_consent)
    consents = (words[0] != said(call)[0] and hear_announcement(call)) or consents
    opts_out = words[0] != said(call)[0] and hear_opt_out(call)  # with a transcript that is another one
    withhold(call, storage_mode_in(call))
    update_row(call)
    if call.tag_ids and call.start_time != words[-1]:
        # wall: of the call that was locked
        CallTag.objects.filter(call_id=call.pk).update(start_time=call.start_time)
    if words != said(call):
        keep_words(call)

    recordings = recordings_of_locked(call)
    is_taken = call.audio_erased_at is None and takes_audio(call)
    attached = _attach_once(call, recordings, stored) if is_taken else None
    if attached is not None or words[0] != said(call)[0]:
        want_silence(call, recordings)
    events: list[Event] = []
    if moved and call.status in ANSWERED:
        events.append(call_event(EventName.CALL_ANSWERED, call, recordings))
    if moved and has_ended(call):
        events.append(call_event(EventName.CALL_ENDED, call, recordings))
    if attached is not None:
        events.append(recording_ready(call_event(EventName.CALL_RECORDING_READY, call, recordings), attached))
    if has_ended(call) and keep_call_message(call=call):
        events.append(fetch_messages(call))
    if has_ended(call) and (moved or content != _content(call)):
        events += _summary_note(call)
    if not moved and has_ended(call):
        is_told = opts_out or consents or is_corrected
        if is_told or _differ(figures, _figures(call)) or _is_another(outcome, _outcome(call)):
            events.append(call_event(EventName.CALL_UPDATED, call, recordings))
        if content != _content(call):
            events.append(content_changed())
    if opts_out:
        events.append(call_event(EventName.CALL_OPTED_OUT, call, recordings))
    if events:
        publish(organization_id=call.organization_id, call_id=call.pk, events=events)
    charge_ended_call(call)
    if call.direction == CallDirection.INBOUND and (moved or is_corrected or _differ(figures, _figures(call))):
        follow_leg(call)
    # By name: after an attempt whose commit is uncertain, the same file may be tried again.
    is_used = stored is not None and any(recording.file.name == stored.name for recording in recordings)
    return AppliedReport(call=call, stored_is_used=is_used)


def attach_recording(*, call: Call, stored: StoredRecording) -> Recording:
    """Write the row that makes a stored recording a call's. One statement; to be called in the call's transaction."""
    recording = recording_of(call=call, stored=stored)
    insert(recording)
    return recording


def recording_of(*, call: Call, stored: StoredRecording) -> Recording:
    """The same row, not written yet."""
    return new_row(
        Recording,
        call_id=call.pk,
        file=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        duration=round(stored.duration, 3),
        silenced=[list(span) for span in stored.silenced] or None,
    )


def _is_of_another_leg(call: Call, report: CallReport) -> bool:
    """Whether it is the end of an unanswered leg of a call that another leg has answered."""
    if report.authority is not Authority.UNANSWERED_LEG or report.status is None:
        return False
    return call.status in ANSWERED or call.status == CallStatus.COMPLETED


def _corrected(call: Call, report: CallReport) -> bool:
    """Whether the report changes how a call that had ended has ended."""
    is_another = report.status in TERMINAL and correct_end(call, report.status or "", report.authority)
    return close_open_end(call) or is_another


def _summary_note(call: Call) -> list[Event]:
    """Have the contact's note say what the call's summary says; what is told of one that is new."""
    if not call.ai_summary or call.contact_id is None:
        return []
    note = keep_summary_note(
        organization_id=call.organization_id, contact_id=call.contact_id, call_id=call.pk, summary=call.ai_summary
    )
    return [] if note is None else [note_created(note)]


def _content(call: Call) -> tuple[object, ...]:
    """Transcript and summary; empty counts as unchanged."""
    return call.ai_transcript or None, call.ai_summary


def _outcome(call: Call) -> tuple[str, str, str]:
    return call.answered_by, call.end_reason, call.end_fault


def _is_another(before: tuple[str, str, str], now: tuple[str, str, str]) -> bool:
    """Whether an ended call's outcome is another one; of a call that ended before they were kept none is news."""
    return before != now and before[1] != ""


def _figures(call: Call) -> tuple[datetime | None, float | None]:
    return call.end_time, call.duration


def _differ(before: tuple[datetime | None, float | None], after: tuple[datetime | None, float | None]) -> bool:
    """Whether the end or the duration is another one, by more than the second that clocks may differ by."""
    (end_before, seconds_before), (end_after, seconds_after) = before, after
    is_other_end = end_before is not None and end_after is not None and abs(end_after - end_before) > _CLOCKS_DIFFER
    return is_other_end or abs((seconds_after or 0) - (seconds_before or 0)) > _CLOCKS_DIFFER.total_seconds()


def _attach_once(call: Call, recordings: list[Recording], stored: StoredRecording | None) -> Recording | None:
    """The new recording, also added to `recordings`; None where its bytes are known. The call is locked."""
    if stored is None or any(recording.sha256 == stored.sha256 for recording in recordings):
        return None
    attached = attach_recording(call=call, stored=stored)
    recordings.append(attached)
    return attached
