"""A vendor pushes a completed call: kept exactly once, with everything that belongs to it, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from calls.events import call_event, fetch_messages, recording_ready
from calls.models import Call, CallStatus
from calls.reports import FinishedCall, RecordingSource, StoredRecording
from calls.selectors.ingest import Known, known_before_ingest
from calls.services.lifecycle.apply_report import attach_recording
from calls.services.lifecycle.call_message import plain_words
from calls.services.recordings.store_recording import discarded_unless_used, store_recording
from contacts.selectors import contact_number
from contacts.services import find_or_create_caller, name_placeholder
from conversations.services import find_or_create_conversation, leave_call_message
from tether_calls.accounts.models import User
from tether_calls.common.statements import insert
from tether_calls.common.transactions import is_rolled_back
from tether_calls.realtime.events import EventName, publish

# Each failure means that another request succeeded, so more than a few need many pushes of the same call at once.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Ingested:
    """The outcome: the call, and whether an earlier request had brought it."""

    call_id: str
    contact_id: str | None
    conversation_id: str | None
    deduplicated: bool


def ingest_call(*, user: User, report: FinishedCall, recording: RecordingSource | None) -> Ingested:
    """Keep a call that took place elsewhere, with contact, conversation, message, recording and events.

    The recording is stored first, outside any transaction; a call that is not kept takes it away again. Raises the
    RECORDING_* errors of `store_recording`.
    """
    known = _known(user, report)
    if known.call_id is not None:
        return _duplicate(known.call_id)
    stored = _stored(user, recording)
    with discarded_unless_used(stored) as use:
        ingested = _write_or_find(user, report, stored, known)
        use.is_used = not ingested.deduplicated
    return ingested


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
        known = _known(user, report)
        if known.call_id is not None:
            return _duplicate(known.call_id)
    raise AssertionError("the last attempt returns or raises")


@transaction.atomic
def _write(user: User, report: FinishedCall, stored: StoredRecording | None, known: Known) -> Ingested:
    """One transaction: 5 statements when contact and conversation are there, one more for each that is not.

    One more, too, for the first call of a number whose country has changed its plan.
    """
    organization_id = user.home_id
    contact_id, conversation_id = known.contact_id, known.conversation_id
    if contact_id is None:
        contact, _ = find_or_create_caller(
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
    if conversation_id is None:
        conversation_id = find_or_create_conversation(
            organization_id=organization_id,
            user_id=user.pk,
            contact_id=contact_id,
            channel_identifier=report.own_number,
        ).pk

    call = _call_of(report, organization_id=organization_id, user_id=user.pk)
    call.contact_id, call.conversation_id = contact_id, conversation_id
    insert(call)
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
        events=[
            call_event(EventName.CALL_INITIATED, call, attached),
            call_event(EventName.CALL_ENDED, call, attached),
            *(recording_ready(call, recording, attached) for recording in attached),
            fetch_messages(call),
        ],
    )
    return Ingested(call_id=call.pk, contact_id=contact_id, conversation_id=conversation_id, deduplicated=False)


def _call_of(report: FinishedCall, *, organization_id: str, user_id: str) -> Call:
    return Call(
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


def _known(user: User, report: FinishedCall) -> Known:
    return known_before_ingest(
        organization_id=user.home_id,
        user_id=user.pk,
        external_call_id=report.external_call_id,
        customer_number=contact_number(report.customer_number),
        own_number=contact_number(report.own_number),
    )


def _stored(user: User, recording: RecordingSource | None) -> StoredRecording | None:
    return None if recording is None else store_recording(organization_id=user.home_id, source=recording)


def _duplicate(call_id: str) -> Ingested:
    return Ingested(call_id=call_id, contact_id=None, conversation_id=None, deduplicated=True)
