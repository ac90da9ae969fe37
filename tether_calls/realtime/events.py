"""Events: names, frame, and `publish`, which writes them in the caller's transaction and wakes followers on commit."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.utils import timezone

from tether_calls.background.wake import wake
from tether_calls.common.object_id import go_on_after, new_object_ids
from tether_calls.common.renderers import to_json
from tether_calls.common.rows import new_row
from tether_calls.common.socket_protocol import SharedText
from tether_calls.common.statements import after_commit, connection_of, in_transaction, insert, insert_above
from tether_calls.common.statements_of_many import insert_many
from tether_calls.common.times import to_wire
from tether_calls.realtime.models import EventLog
from tether_calls.realtime.waking import wake_followers

logger = logging.getLogger(__name__)


class EventName(StrEnum):
    CALL_INITIATED = "call_initiated"
    CALL_ANSWERED = "call_answered"
    CALL_REJECTED = "call_rejected"
    CALL_ENDED = "call_ended"
    CALL_UPDATED = "call_updated"
    CALL_RECORDING_READY = "call_recording_ready"
    FETCH_MESSAGES = "fetch_messages"
    MESSAGE_STATUS = "message_status"
    MESSAGE_RECEIVED = "message_received"
    MESSAGE_SENT = "message_sent"
    NOTE_CREATED = "note_created"
    SCHEDULED_CALL_UPDATED = "scheduled_call_updated"
    REMINDER_DUE = "reminder_due"
    REMINDER_FAILED = "reminder_failed"
    EXPORT_READY = "export_ready"
    REDACTION_CHANGED = "redaction_changed"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_ENDED = "transfer_ended"
    CALL_CONTENT_CHANGED = "call_content_changed"
    CALL_OPTED_OUT = "call_opted_out"
    CALL_ERASED = "call_erased"


# In the log only, for webhooks: sockets do not hear of them.
INTERNAL = frozenset(
    {
        EventName.CALL_CONTENT_CHANGED,
        EventName.CALL_OPTED_OUT,
        EventName.CALL_ERASED,
        EventName.MESSAGE_RECEIVED,
        EventName.MESSAGE_SENT,
    }
)


@dataclass(frozen=True)
class Event:
    """One thing that happened; `data` is what clients get, in wire names. `user_id`: only this user's sockets do."""

    name: EventName
    data: dict[str, Any]
    user_id: str | None = None


class Frame(msgspec.Struct):
    """One WebSocket text frame."""

    id: str
    event: str
    at: str
    data: Any


# More events than any change of one call has.
_MANY = 20
# Events that have ids one after the other; more than are written before the next are made.
_MADE_AT_ONCE = 300


class CallOwner(NamedTuple):
    """What decides who sees a call: its user, and our number."""

    user_id: str | None
    number: str


# Of a call its one; of a contact all with whom it has to do.
Owners = tuple[CallOwner, ...]


class Encoded(NamedTuple):
    """An event's id, its frame for all sockets that get it, and whose these are, where they are one user's.

    `owners`: of the call that it tells of, or else of the conversation or contact; None: everybody may hear of it.
    """

    id: str
    text: SharedText
    user_id: str = ""
    owners: Owners | None = None


def frame_of(row: EventLog) -> str:
    frame = Frame(id=row.pk, event=row.name, at=to_wire(row.created_at), data=row.data)
    return to_json(frame).decode()


def publish(*, organization_id: str, call_id: str | None, events: Sequence[Event]) -> None:
    """Log the events (one INSERT) and, once the transaction has committed, wake what follows the organization's log.

    Must be called inside a transaction. A channel layer that is away costs the caller nothing: the log is the source,
    and what follows it looks there once a second without being woken.
    """
    publish_all(organization_id=organization_id, of_calls=[(call_id, event) for event in events])


def publish_all(*, organization_id: str, of_calls: Iterable[tuple[str | None, Event]]) -> None:
    """As `publish`, of events of many calls, each with the id of its call; at least one.

    Of many the last are made while the first are written: what makes them must not ask the database.
    """
    assert in_transaction(), "events are written with the change they tell of"
    names: set[str] = set()
    _log(_rows(organization_id, of_calls, names))
    if not names <= INTERNAL:
        after_commit(partial(wake_followers, organization_id))
    after_commit(_wake_jobs)


def _rows(organization_id: str, of_calls: Iterable[tuple[str | None, Event]], names: set[str]) -> Iterator[EventLog]:
    """Of one moment; `names` takes those of the events."""
    now, rest = timezone.now(), iter(of_calls)
    while some := list(islice(rest, _MADE_AT_ONCE)):
        names.update(event.name for _, event in some)
        for event_id, (call_id, event) in zip(new_object_ids(len(some)), some, strict=True):
            yield new_row(
                EventLog,
                id=event_id,
                organization_id=organization_id,
                call_id=call_id,
                user_id=event.user_id,
                name=event.name,
                data=event.data,
                created_at=now,
            )


def _log(every: Iterator[EventLog]) -> None:
    rows = list(islice(every, _MANY + 1))
    if connection_of(rows[0]).vendor != "sqlite":
        if len(rows) > _MANY:
            insert_many(chain(rows, every), leave_out=EventLog.WRITTEN_BY_DATABASE)
        else:
            insert(*rows, leave_out=EventLog.WRITTEN_BY_DATABASE)
        return
    rows += every
    while not insert_above(*rows, leave_out=EventLog.WRITTEN_BY_DATABASE):
        # The machine's clock has been set back, or another process is ahead. Readers of SQLite's log go by ids.
        # wall: the greatest id of all events
        go_on_after(EventLog.objects.order_by("-pk").values_list("pk", flat=True)[0])
        for row, event_id in zip(rows, new_object_ids(len(rows)), strict=True):
            row.pk = event_id


def _wake_jobs() -> None:
    for name in settings.TETHER_JOBS_WOKEN_BY_EVENTS:
        wake(name)
