"""The events of contacts, in the shapes that clients get."""

from __future__ import annotations

from typing import Any

import msgspec

from contacts.documents import note_document, reminder_document
from contacts.models import ContactNote, Reminder
from tether_calls.realtime.events import Event, EventName


def note_created(note: ContactNote) -> Event:
    """`{note, contactId, callId?}`."""
    data: dict[str, Any] = {"note": msgspec.to_builtins(note_document(note)), "contactId": note.contact_id}
    if note.call_id is not None:
        data["callId"] = note.call_id
    return Event(EventName.NOTE_CREATED, data)


def reminder_due(reminder: Reminder) -> Event:
    """`{reminder}`: its time has come, for the sockets of the one whose it is."""
    document: dict[str, Any] = msgspec.to_builtins(reminder_document(reminder))
    return Event(EventName.REMINDER_DUE, {"reminder": document}, user_id=reminder.user_id)


def reminder_failed(reminder: Reminder, *, code: str) -> Event:
    """`{reminder, code}`: its text is not sent, and why; for the same sockets."""
    document: dict[str, Any] = msgspec.to_builtins(reminder_document(reminder))
    return Event(EventName.REMINDER_FAILED, {"reminder": document, "code": str(code)}, user_id=reminder.user_id)
