"""What partners are sent of a note."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from tether_calls.common.renderers import to_json
from tether_calls.common.times import to_wire
from tether_calls.common.wire import SnakeStruct, Timestamp
from tether_calls.realtime.models import EventLog


class WebhookNoteUser(SnakeStruct):
    """Who wrote a note."""

    id: str
    full_name: str | None
    email: str | None


class WebhookNote(SnakeStruct):
    """A note of a contact, as it was when the event happened."""

    id: str
    contact_id: str
    call_id: str | None
    user: Annotated[WebhookNoteUser | None, msgspec.Meta(description="Null: an agent's, or the system's.")]
    note: str
    type: str
    mentions: Annotated[list[str], msgspec.Meta(description="Ids of users.")]
    created_at: Timestamp


class WebhookNoteMessage(SnakeStruct):
    """The body of a webhook that tells of a note."""

    event_type: Literal["contact.note"]
    note: WebhookNote
    timestamp: Annotated[Timestamp, msgspec.Meta(description="When it happened.")]


def webhook_note_body(event: EventLog) -> str | None:
    """The body as it is sent; None of an event that tells of no note."""
    told = event.data.get("note")
    if not isinstance(told, dict):
        return None
    note = WebhookNote(
        id=told["_id"],
        contact_id=told["contactId"],
        call_id=told.get("callId"),
        user=_user(told.get("userId")),
        note=told["note"],
        type=told["type"],
        mentions=told["mentions"],
        created_at=told["createdAt"],
    )
    message = WebhookNoteMessage(event_type="contact.note", note=note, timestamp=to_wire(event.created_at))
    return to_json(message).decode()


def _user(told: dict[str, Any] | None) -> WebhookNoteUser | None:
    if told is None:
        return None
    return WebhookNoteUser(id=told["_id"], full_name=told.get("fullName"), email=told.get("email"))
