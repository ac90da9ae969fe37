"""Events: names, frame, and `publish`, which writes them in the caller's transaction and sends them on commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from tether_calls.common.object_id import new_object_id
from tether_calls.common.renderers import to_json
from tether_calls.common.statements import insert
from tether_calls.common.times import to_wire
from tether_calls.realtime import dispatch
from tether_calls.realtime.models import EventLog

logger = logging.getLogger(__name__)


class EventName(StrEnum):
    CALL_INITIATED = "call_initiated"
    CALL_ANSWERED = "call_answered"
    CALL_REJECTED = "call_rejected"
    CALL_ENDED = "call_ended"
    CALL_UPDATED = "call_updated"
    CALL_RECORDING_READY = "call_recording_ready"
    FETCH_MESSAGES = "fetch_messages"
    NOTE_CREATED = "note_created"
    CALL_CONTENT_CHANGED = "call_content_changed"


# In the log only, for webhooks: sockets do not hear of them.
INTERNAL = frozenset({EventName.CALL_CONTENT_CHANGED})


@dataclass(frozen=True)
class Event:
    """One thing that happened; `data` is what clients get, in wire names."""

    name: EventName
    data: dict[str, Any]


class Frame(msgspec.Struct):
    """One WebSocket text frame."""

    id: str
    event: str
    at: str
    data: Any


def frame_of(row: EventLog) -> str:
    frame = Frame(id=row.pk, event=row.name, at=to_wire(row.created_at), data=row.data)
    return to_json(frame).decode()


def group_of(organization_id: str) -> str:
    """The channel group that every socket of an organization is in."""
    return f"organization.{organization_id}"


def publish(*, organization_id: str, call_id: str | None, events: Sequence[Event]) -> None:
    """Log the events (one INSERT) and, once the transaction has committed, send them to the organization's sockets.

    Must be called inside a transaction. A channel layer that is away costs the caller nothing: the log is what counts,
    and clients catch up from it.
    """
    assert connection.in_atomic_block, "events are written with the change they tell of"
    now = timezone.now()
    rows = [
        EventLog(
            id=new_object_id(),
            organization_id=organization_id,
            call_id=call_id,
            name=event.name,
            data=event.data,
            created_at=now,
        )
        for event in events
    ]
    insert(*rows, leave_out=EventLog.WRITTEN_BY_DATABASE)
    told = [row for row in rows if row.name not in INTERNAL]
    if told:
        transaction.on_commit(partial(_send, organization_id, told), robust=True)


def _send(organization_id: str, rows: list[EventLog]) -> None:
    message = {"type": "events", "ids": [row.pk for row in rows], "frames": [frame_of(row) for row in rows]}
    dispatch.send_to_group(group_of(organization_id), message)
