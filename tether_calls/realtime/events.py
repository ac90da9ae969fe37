"""Events: names, frame, and `publish`, which writes them in the caller's transaction and wakes followers on commit."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tether_calls.background.wake import wake
from tether_calls.common.object_id import new_object_ids
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


# An event's id, and its frame as it goes over the wire.
Encoded = tuple[str, str]


def frame_of(row: EventLog) -> str:
    frame = Frame(id=row.pk, event=row.name, at=to_wire(row.created_at), data=row.data)
    return to_json(frame).decode()


def group_of(organization_id: str) -> str:
    """The channel group of an organization's followers; what is sent there says nothing but: look into the log."""
    return f"log.{organization_id}"


def publish(*, organization_id: str, call_id: str | None, events: Sequence[Event]) -> None:
    """Log the events (one INSERT) and, once the transaction has committed, wake what follows the organization's log.

    Must be called inside a transaction. A channel layer that is away costs the caller nothing: the log is the source,
    and what follows it looks there once a second without being woken.
    """
    assert connection.in_atomic_block, "events are written with the change they tell of"
    now = timezone.now()
    rows = [
        EventLog(
            id=event_id,
            organization_id=organization_id,
            call_id=call_id,
            name=event.name,
            data=event.data,
            created_at=now,
        )
        for event_id, event in zip(new_object_ids(len(events)), events, strict=True)
    ]
    insert(*rows, leave_out=EventLog.WRITTEN_BY_DATABASE)
    if any(event.name not in INTERNAL for event in events):
        transaction.on_commit(partial(_wake_followers, organization_id), robust=True)
    transaction.on_commit(_wake_jobs, robust=True)


def _wake_jobs() -> None:
    for name in settings.TETHER_JOBS_WOKEN_BY_EVENTS:
        wake(name)


def _wake_followers(organization_id: str) -> None:
    dispatch.send_to_group(group_of(organization_id), {"type": "events"})
