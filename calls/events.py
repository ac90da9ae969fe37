"""The events of a call, in the shapes that clients get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from calls.documents.call import call_document
from calls.documents.facts import facts_of
from calls.models import Call, Recording
from tether_calls.realtime.events import Event, EventName


def call_event(name: EventName, call: Call, recordings: Sequence[Recording] = ()) -> Event:
    """`{call}`: the call without its transcript."""
    return Event(name, {"call": _document(call, recordings)})


def recording_ready(call: Call, recording: Recording, recordings: Sequence[Recording]) -> Event:
    """`{call, recordingId}`; `recordings` are all of the call's."""
    return Event(EventName.CALL_RECORDING_READY, {"call": _document(call, recordings), "recordingId": recording.pk})


def fetch_messages(call: Call) -> Event:
    """`{conversationId, contactId}`: the conversation has something new to read."""
    return Event(EventName.FETCH_MESSAGES, {"conversationId": call.conversation_id, "contactId": call.contact_id})


def content_changed() -> Event:
    """`{}`: a call that had ended got a transcript or a summary, or a fuller one. For webhooks, not for sockets."""
    return Event(EventName.CALL_CONTENT_CHANGED, {})


def _document(call: Call, recordings: Sequence[Recording]) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(call_document(facts_of(call), recordings=recordings))
    return document
