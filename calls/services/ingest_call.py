"""A vendor pushes a completed call: kept exactly once, with everything that belongs to it, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from calls.events import call_event, fetch_messages, recording_ready
from calls.models import Call, CallStatus, Recording, StorageMode
from calls.opt_out.detect import heard_opt_out
from calls.opt_out.heard import OptOut
from calls.recording_consent import ConsentState
from calls.redaction.reports import redacted_report
from calls.redaction.sound import Span, Timed, spans_of
from calls.reports import FinishedCall, RecordingSource, StoredRecording
from calls.selectors.ingest import Known, known_before_ingest
from calls.services.lifecycle.apply_report import attach_recording
from calls.services.lifecycle.call_message import plain_words
from calls.services.lifecycle.hear_opt_out import take_opt_out
from calls.services.lifecycle.keep_consent import hear_announcement, merge_consent, takes_audio
from calls.services.lifecycle.keep_words import keep_words_of_new
from calls.services.lifecycle.merge_outcome import merge_outcome
from calls.services.lifecycle.storage_mode import withhold
from calls.services.live_calls.keep_pushed import keep_pushed
from calls.services.recordings.store_recording import check_recording, discarded_unless_used, store_recording
from calls.services.review.named_labels import NamedLabels, has_labels
from contacts.models import ContactNote
from contacts.services import create_caller, name_placeholder
from contacts.services.notes import new_summary_note
from conversations.services import find_or_create_conversation, leave_call_message
from tether_calls.accounts.models import User
from tether_calls.common.rows import new_row
from tether_calls.common.statements import insert, together
from tether_calls.common.transactions import is_rolled_back
from tether_calls.realtime.events import Event, EventName, publish

# Each failure means that another request succeeded, so more than a few need many pushes of the same call at once.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Ingested:
    """The outcome: the call, and whether an earlier request had brought it."""

    call_id: str
    contact_id: str | None
    conversation_id: str | None
    deduplicated: bool
    # False: people have said no to it while the call went on.
    takes_recording: bool = True


def ingest_call(
    *, user: User, report: FinishedCall, recording: RecordingSource | None, known: Known | None = None
) -> Ingested:
    """Keep a call that took place elsewhere, with contact, conversation, message, recording and events.

    `known`: what is there already, where it was looked up just now. What the organization does not keep is redacted
    before anything else.

    The recording is stored first, outside any transaction; a call that is not kept takes it away again. Raises the
    RECORDING_* errors of `store_recording`.
    """
    report = redacted_report(report, user.redacts)
    known = known or known_before_ingest(user=user, report=report)
    if known.call_id is not None and not known.is_live:
        return duplicate_of(known.call_id)
    if known.storage_mode != StorageMode.EVERYTHING:
        recording = None
    stored = _stored(user, recording, report)
    with discarded_unless_used(stored) as use:
        ingested = _write_or_find(user, report, stored, known)
        use.is_used = not ingested.deduplicated and ingested.takes_recording
    return ingested


def rehearse_call(*, user: User, report: FinishedCall, recording: RecordingSource | None) -> str | None:
    """What `ingest_call` would do, with nothing kept: the id of the call that is there already; None: it would be kept.

    Raises what `ingest_call` raises of a recording that cannot be had, or is none.
    """
    known = known_before_ingest(user=user, report=report)
    if known.call_id is not None and not known.is_live:
        return known.call_id
    if recording is not None and known.storage_mode == StorageMode.EVERYTHING:
        check_recording(source=recording)
    return None


def _write_or_find(user: User, report: FinishedCall, stored: StoredRecording | None, known: Known) -> Ingested:
    """Write the call, or find the one that another request has written at the same time."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _write(user, report, stored, known)
        except (IntegrityError, OperationalError) as error:
            # Another request was faster: with the same call, or by deleting a contact that was there a moment ago. Or
            # two were in each other's way, and the database chose this one to give way: a look shows which it was.
            if not is_rolled_back(error) or attempt == _ATTEMPTS:
                raise
        known = known_before_ingest(user=user, report=report)
        if known.call_id is not None and not known.is_live:
            return duplicate_of(known.call_id)
    raise AssertionError("the last attempt returns or raises")


def _write(user: User, report: FinishedCall, stored: StoredRecording | None, known: Known) -> Ingested:
    """One transaction: on PostgreSQL one statement when contact and conversation are there, on SQLite 7.

    One more for each that is not there, those of `NamedLabels` where it comes with labels, and those of `take_opt_out`
    where the customer asks not to be called again.
    """
    if known.is_live:
        assert known.call_id is not None
        return take_over(user, report, stored, call_id=known.call_id, known=known)
    contact_id, conversation_id = known.contact_id, known.conversation_id
    may_be_named = known.placeholder is not None and bool(report.caller_name)
    report, opt_out = heard_and_kept(report, mode=known.storage_mode)
    is_plain = not may_be_named and not has_labels(report) and opt_out is None
    if contact_id is not None and conversation_id is not None and is_plain:
        return _keep(
            user,
            report,
            stored,
            contact_id=contact_id,
            conversation_id=conversation_id,
            storage_mode=known.storage_mode,
        )
    with transaction.atomic():
        contact_id, conversation_id, labels = _met(user, report, known)
        return _keep(
            user,
            report,
            stored,
            contact_id=contact_id,
            conversation_id=conversation_id,
            labels=labels,
            opt_out=opt_out,
            storage_mode=known.storage_mode,
        )


@transaction.atomic
def take_over(
    user: User, report: FinishedCall, stored: StoredRecording | None, *, call_id: str, known: Known | None = None
) -> Ingested:
    """The call was pushed while it went on: from here on it is what this push says, unless another one was faster."""
    contact_id, conversation_id, labels = _met(user, report, known or known_before_ingest(user=user, report=report))
    told = call_of(report, organization_id=user.home_id, user_id=user.pk)
    told.contact_id, told.conversation_id = contact_id, conversation_id
    tags = labels.put_on(told, report)
    kept = keep_pushed(told=told, tags=tags, call_id=call_id, stored=stored)
    if kept is None:
        return duplicate_of(call_id)
    return Ingested(call_id, contact_id, conversation_id, deduplicated=False, takes_recording=takes_audio(kept))


def _met(user: User, report: FinishedCall, known: Known) -> tuple[str, str, NamedLabels]:
    """The ids of contact and conversation, made where they are not there, a name for who has none, and the labels."""
    organization_id = user.home_id
    contact_id, conversation_id = known.contact_id, known.conversation_id
    if contact_id is None:
        contact, _ = create_caller(
            organization_id=organization_id,
            user_id=user.pk,
            phone_number=report.customer_number,
            caller_name=report.caller_name,
        )
        contact_id = contact.pk
    elif known.placeholder is not None and report.caller_name:
        name_placeholder(
            organization_id=organization_id,
            contact_id=contact_id,
            caller_name=report.caller_name,
            called=known.placeholder,
        )
    # Behind the contact and before the conversation: of new ones the organization has turns, as texts to it have.
    labels = NamedLabels(organization_id=organization_id, reports=[report])
    if conversation_id is None:
        conversation_id = find_or_create_conversation(
            organization_id=organization_id,
            user_id=user.pk,
            contact_id=contact_id,
            channel_identifier=report.own_number,
        ).pk
    return contact_id, conversation_id, labels


@together()
def _keep(
    user: User,
    report: FinishedCall,
    stored: StoredRecording | None,
    *,
    contact_id: str,
    conversation_id: str,
    labels: NamedLabels | None = None,
    opt_out: OptOut | None = None,
    storage_mode: str = StorageMode.EVERYTHING,
) -> Ingested:
    organization_id = user.home_id
    call = call_of(report, organization_id=organization_id, user_id=user.pk)
    withhold(call, storage_mode)
    call.contact_id, call.conversation_id = contact_id, conversation_id
    call_tags = labels.put_on(call, report) if labels is not None else []
    if opt_out is not None:
        take_opt_out(call, opt_out)
    insert(call)
    if call_tags:
        insert(*call_tags)
    keep_words_of_new(call)
    if report.summary:
        insert(summary_note_of(call))
    attached = [attach_recording(call=call, stored=stored)] if stored is not None else []
    leave_call_message(
        organization_id=organization_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        call_id=call.pk,
        content=report.summary or plain_words(call),
        direction=report.direction,
        status=report.status,
        sent_by=report.agent_name,
        is_ai_generated=bool(report.summary),
        at=timezone.now(),
    )
    publish(
        organization_id=organization_id,
        call_id=call.pk,
        events=events_of(call, attached),
    )
    return Ingested(call_id=call.pk, contact_id=contact_id, conversation_id=conversation_id, deduplicated=False)


def events_of(call: Call, recordings: Sequence[Recording]) -> list[Event]:
    """What is told of a call that came when it was over."""
    begun = call_event(EventName.CALL_INITIATED, call, recordings)
    opted_out = [] if call.opted_out_at is None else [Event(EventName.CALL_OPTED_OUT, begun.data)]
    return [
        begun,
        Event(EventName.CALL_ENDED, begun.data),
        *(recording_ready(begun, recording) for recording in recordings),
        fetch_messages(call),
        *opted_out,
    ]


def heard_and_kept(report: FinishedCall, *, mode: str) -> tuple[FinishedCall, OptOut | None]:
    """What is kept of the report in this storage mode, and whether the customer asks not to be called. No statement."""
    opt_out = heard_opt_out((turn.role, turn.message) for turn in report.transcript or ())
    if mode != StorageMode.METADATA_ONLY:
        return report, opt_out
    # The request counts all the same; no word of it stays.
    return replace(report, transcript=None, summary="", analysis=None), opt_out and OptOut(opt_out.by)


def summary_note_of(call: Call) -> ContactNote:
    """Of a call whose contact is known. Nobody is told of it: the call's own events have the summary."""
    assert call.contact_id is not None
    return new_summary_note(
        organization_id=call.organization_id, contact_id=call.contact_id, call_id=call.pk, summary=call.ai_summary
    )


def call_of(report: FinishedCall, *, organization_id: str, user_id: str) -> Call:
    call = new_row(
        Call,
        organization_id=organization_id,
        user_id=user_id,
        provider=report.provider,
        provider_call_id=report.provider_call_id,
        external_call_id=report.external_call_id,
        direction=report.direction,
        status=report.status,
        from_number=report.from_number,
        to_number=report.to_number,
        provider_phone_number=report.own_number,
        start_time=report.start_time,
        end_time=report.start_time + timedelta(seconds=report.duration),
        end_time_is_counted=True,
        duration=report.duration,
        agent_name=report.agent_name,
        ai_transcript=None if report.transcript is None else [turn.as_document() for turn in report.transcript],
        ai_summary=report.summary,
        ai_handled_duration=report.duration if report.status == CallStatus.COMPLETED else None,
        provider_metadata=dict(report.provider_metadata),
    )
    merge_outcome(call, endings=report.endings, answered_by=report.answered_by)
    merge_consent(call, report.recording_consent)
    hear_announcement(call)
    return call


def _stored(user: User, recording: RecordingSource | None, report: FinishedCall) -> StoredRecording | None:
    if recording is None or has_denied_audio(report):
        return None
    return store_recording(organization_id=user.home_id, source=recording, silent=silent_spans(user, report))


def has_denied_audio(report: FinishedCall) -> bool:
    """Whether people have said no to the recording: then none is fetched, and none is kept."""
    return report.recording_consent is not None and report.recording_consent.state == ConsentState.DENIED


def silent_spans(user: User, report: FinishedCall) -> list[Span]:
    """Where in the call's recording something was said that the organization does not keep. No statement."""
    if not user.redacts:
        return []
    turns = [Timed(turn.message, turn.timestamp) for turn in report.transcript or ()]
    return spans_of(turns, duration=report.duration)


def duplicate_of(call_id: str) -> Ingested:
    return Ingested(call_id=call_id, contact_id=None, conversation_id=None, deduplicated=True)
