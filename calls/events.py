"""The events of calls, exports and scheduled calls, in the shapes that clients get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from calls.documents.call import call_document
from calls.documents.export import export_document
from calls.documents.facts import facts_of
from calls.documents.redaction import redaction_document
from calls.documents.scheduled_call import scheduled_call_document
from calls.models import Call, Export, Recording, RedactionRun, ScheduledCall, Transfer
from conversations.models import Message
from tether_calls.common.times import to_wire
from tether_calls.realtime.events import Event, EventName


def call_event(name: EventName, call: Call, recordings: Sequence[Recording] = ()) -> Event:
    """`{call}`: the call without its transcript."""
    return Event(name, {"call": _document(call, recordings)})


def recording_ready(of_call: Event, recording: Recording) -> Event:
    """`{call, recordingId}`, with the call as another event of the same moment has it."""
    return Event(EventName.CALL_RECORDING_READY, {**of_call.data, "recordingId": recording.pk})


def fetch_messages(call: Call) -> Event:
    """`{conversationId, contactId}`: the conversation has something new to read."""
    return Event(EventName.FETCH_MESSAGES, {"conversationId": call.conversation_id, "contactId": call.contact_id})


def new_message(message: Message) -> Event:
    """The same, of a text."""
    return Event(EventName.FETCH_MESSAGES, {"conversationId": message.conversation_id, "contactId": message.contact_id})


def message_status(message: Message) -> Event:
    """`{messageId, conversationId, contactId, status, errorCode?}`: a text has come further, or not arrived."""
    return _of_text(EventName.MESSAGE_STATUS, message)


def message_received(message: Message) -> Event:
    """The same, of a text that has come in. For webhooks, not for sockets."""
    return _of_text(EventName.MESSAGE_RECEIVED, message)


def message_sent(message: Message) -> Event:
    """The same, of a text that its carrier has taken. For webhooks, not for sockets."""
    return _of_text(EventName.MESSAGE_SENT, message)


def _of_text(name: EventName, message: Message) -> Event:
    data = {
        "messageId": message.pk,
        "conversationId": message.conversation_id,
        "contactId": message.contact_id,
        "status": message.status,
    }
    return Event(name, {**data, **({"errorCode": message.error_code} if message.error_code else {})})


def call_erased(*, call_id: str, parts: Sequence[str], at: datetime) -> Event:
    """`{callId, parts, erasedAt}`: parts of a call are gone for good. For webhooks, not for sockets."""
    return Event(EventName.CALL_ERASED, {"callId": call_id, "parts": list(parts), "erasedAt": to_wire(at)})


def content_changed() -> Event:
    """`{}`: a call that had ended got a transcript or a summary, or a fuller one. For webhooks, not for sockets."""
    return Event(EventName.CALL_CONTENT_CHANGED, {})


def export_ready(export: Export) -> Event:
    """`{export}`: without the address of the file, which is not for everybody who hears of it, and without filter."""
    document: dict[str, Any] = msgspec.to_builtins(export_document(export))
    del document["filter"]
    return Event(EventName.EXPORT_READY, {"export": document})


def redaction_changed(run: RedactionRun) -> Event:
    """`{redaction}`: old calls are being redacted, or that is over."""
    document: dict[str, Any] = msgspec.to_builtins(redaction_document(run))
    return Event(EventName.REDACTION_CHANGED, {"redaction": document})


def scheduled_call_updated(scheduled: ScheduledCall) -> Event:
    """`{scheduledCall}`: a call is planned, was moved, is being made, or is over."""
    document: dict[str, Any] = msgspec.to_builtins(scheduled_call_document(scheduled))
    return Event(EventName.SCHEDULED_CALL_UPDATED, {"scheduledCall": document})


def transfer_offered(transfer: Transfer, *, user_id: str, until: datetime) -> Event:
    """`{transferId, callId?, reason, summary?, fromNumber, expiresAt}`, for the sockets of who is asked."""
    told = {
        "transferId": transfer.pk,
        "callId": transfer.call_id,
        "reason": transfer.reason,
        "summary": transfer.summary,
        "fromNumber": transfer.from_number,
        "expiresAt": to_wire(until),
    }
    known = {name: value for name, value in told.items() if value or name in ("reason", "fromNumber")}
    return Event(EventName.TRANSFER_OFFERED, known, user_id=user_id)


def transfer_ended(transfer: Transfer, *, user_id: str, outcome: str) -> Event:
    """`{transferId, callId?, outcome}`: who was asked is asked no longer."""
    told = {"transferId": transfer.pk, "callId": transfer.call_id, "outcome": str(outcome)}
    known = {name: value for name, value in told.items() if value is not None}
    return Event(EventName.TRANSFER_ENDED, known, user_id=user_id)


def _document(call: Call, recordings: Sequence[Recording]) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(call_document(facts_of(call), recordings=recordings))
    return document
