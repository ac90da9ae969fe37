"""What subscribers are sent of an event: which messages, of which types, each once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from calls.documents.facts import CallFacts, facts_at
from calls.documents.partner_message import webhook_text_body
from calls.documents.webhook_call import webhook_body
from calls.documents.webhook_erased import webhook_erased_body
from calls.documents.webhook_note import webhook_note_body
from calls.documents.webhook_scheduled_call import webhook_scheduled_call_body
from calls.models import CallStatus, WebhookEvent, WebhookMessage, WebhookSubscription
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog


@dataclass(frozen=True)
class _Wanted:
    """One message to make: its type, the key that makes it unique, and whether the transcript goes along."""

    event_type: WebhookEvent
    key: str
    with_transcript: bool = False


def messages_of_whole(event: EventLog, subscriptions: list[WebhookSubscription]) -> Iterator[WebhookMessage]:
    """All of it is in the event, or in the text that the event names."""
    event_type, body_of = WHOLE[EventName(event.name)]
    wanting = _wanting(event, event_type, subscriptions)
    body = body_of(event) if wanting else None
    if body is None:
        return
    for subscription in wanting:
        yield WebhookMessage(
            subscription=subscription,
            event_type=event_type,
            key=event.pk,
            event_id=event.pk,
            call_id=event.call_id,
            body=body,
        )


def _wanting(
    event: EventLog, event_type: WebhookEvent, subscriptions: list[WebhookSubscription]
) -> list[WebhookSubscription]:
    return [
        subscription
        for subscription in subscriptions
        if event_type in subscription.subscribed_events and event.created_at >= subscription.created_at
    ]


def messages_of_call(
    event: EventLog, row: CallFacts | None, subscriptions: list[WebhookSubscription]
) -> Iterator[WebhookMessage]:
    """Of an event that is of a call; `row`: the call as it is now, None where it is gone."""
    call = facts_at(event, row)
    if call is None:
        return
    for wanted in OF_CALLS[EventName(event.name)](event, call, row):
        wanting = _wanting(event, wanted.event_type, subscriptions)
        if not wanting:
            continue
        # Of texts the row's, which may have come since; of all else, what is in the event.
        facts = row if row is not None and wanted.event_type in _TEXTS else call
        body = webhook_body(
            event_type=wanted.event_type, event=event, facts=facts, with_transcript=wanted.with_transcript
        )
        for subscription in wanting:
            yield WebhookMessage(
                subscription=subscription,
                event_type=wanted.event_type,
                key=wanted.key,
                event_id=event.pk,
                call_id=str(event.call_id),
                body=body,
            )


def _started(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    yield _Wanted(WebhookEvent.CALL_STARTED, event.pk)


def _ended(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    has_failed = call.status == CallStatus.FAILED
    yield _Wanted(WebhookEvent.CALL_FAILED if has_failed else WebhookEvent.CALL_ENDED, event.pk)
    yield from _texts(event, call, row)


def _updated(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    yield _Wanted(WebhookEvent.CALL_UPDATED, event.pk)


def _texts(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    """Transcript and summary, as soon as they are there, and again when they get fuller: each text once."""
    if row is not None and row.ai_transcript:
        yield _Wanted(WebhookEvent.CALL_TRANSCRIPT, _digest(row.id, row.ai_transcript), with_transcript=True)
    if row is not None and row.ai_summary:
        yield _Wanted(WebhookEvent.CALL_SUMMARY, _digest(row.id, row.ai_summary))


def _recorded(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    yield _Wanted(WebhookEvent.CALL_RECORDING, event.pk)


def _opted_out(event: EventLog, call: CallFacts, row: CallFacts | None) -> Iterator[_Wanted]:
    yield _Wanted(WebhookEvent.CALL_OPT_OUT, event.pk)


def _digest(call_id: str, text: Any) -> str:
    return f"{call_id}:{hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()[:32]}"


_TEXTS = (WebhookEvent.CALL_TRANSCRIPT, WebhookEvent.CALL_SUMMARY)
# By the name of an event that is of a call.
OF_CALLS = {
    EventName.CALL_INITIATED: _started,
    EventName.CALL_ENDED: _ended,
    # A declined call is over, and has no other end.
    EventName.CALL_REJECTED: _ended,
    EventName.CALL_UPDATED: _updated,
    EventName.CALL_RECORDING_READY: _recorded,
    EventName.CALL_CONTENT_CHANGED: _texts,
    EventName.CALL_OPTED_OUT: _opted_out,
}
# Events that are of no call: they have all of what is sent, or the id of a text.
WHOLE: dict[EventName, tuple[WebhookEvent, Callable[[EventLog], str | None]]] = {
    EventName.NOTE_CREATED: (WebhookEvent.CONTACT_NOTE, webhook_note_body),
    EventName.SCHEDULED_CALL_UPDATED: (WebhookEvent.CALL_SCHEDULED, webhook_scheduled_call_body),
    EventName.CALL_ERASED: (WebhookEvent.CALL_ERASED, webhook_erased_body),
    **{
        name: (event_type, partial(webhook_text_body, event_type=event_type))
        for name, event_type in (
            (EventName.MESSAGE_RECEIVED, WebhookEvent.MESSAGE_RECEIVED),
            (EventName.MESSAGE_SENT, WebhookEvent.MESSAGE_SENT),
            (EventName.MESSAGE_STATUS, WebhookEvent.MESSAGE_STATUS),
        )
    },
}
