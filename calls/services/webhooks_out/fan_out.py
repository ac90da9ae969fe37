"""Turns the event log into messages: each event once for each subscription that wants it, also after a kill."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from calls.documents.facts import full_facts_of
from calls.models import Call, WebhookCursor, WebhookMessage, WebhookSubscription
from calls.models.label import tags_of
from calls.services.webhooks_out.messages import OF_CALLS, WHOLE, messages_of_call, messages_of_whole
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.realtime.log import late_events, next_events
from tether_calls.realtime.models import EventLog
from tether_calls.trails.models import AccessEntry, AccessKind, ActorKind
from tether_calls.trails.reports import Accessed, Actor
from tether_calls.trails.services.note_access import entry_of, note_accesses

logger = logging.getLogger(__name__)

# Events that become messages in one transaction, and of how many at a time the calls are in memory, transcripts
# included.
PAGE = 200
_AT_ONCE = 20
# Of bodies in one statement: a transcript goes into it once for each subscription, and PostgreSQL takes a GB at most.
_MOST_CHARACTERS = 4 * 1024 * 1024
_CURSOR = "webhooks"


def ensure_cursor() -> None:
    """Have the log read from here on, if it is not read yet; in the transaction that adds a subscription."""
    if WebhookCursor.objects.filter(name=_CURSOR).exists():
        return
    cursor = WebhookCursor(name=_CURSOR)
    # wall: one cursor goes through the events of every organization
    _move(cursor, EventLog.objects.order_by("-pk").first())
    WebhookCursor.objects.bulk_create([cursor], ignore_conflicts=True)


def fan_out() -> int:
    """Make the messages of what has happened since the last time; returns how many events were read."""
    read = 0
    if not WebhookCursor.objects.filter(name=_CURSOR).exists():
        return read  # there was never a subscription: no transaction, which on SQLite would make others wait
    page = PAGE
    while page == PAGE:
        try:
            page = _turn_page()
        except IntegrityError:
            return read  # a subscription has been deleted; the next turn knows
        read += page
    return read


@transaction.atomic
def _turn_page() -> int:
    """Messages and cursor in one transaction: after a kill both are as before. Who comes second leaves at once."""
    cursors = WebhookCursor.objects.filter(name=_CURSOR)
    if connection.features.has_select_for_update_skip_locked:
        cursors = cursors.select_for_update(skip_locked=True)
    cursor = cursors.first()
    if cursor is None:
        return 0
    # Before the subscriptions are read: one that is added later gets what comes after it.
    # wall: one cursor goes through the events of every organization
    newest = EventLog.objects.order_by("-pk").first()
    # wall: the organizations that subscribe are those whose events are read
    subscribing = WebhookSubscription.objects.filter(is_active=True)
    if not subscribing.exists():
        _move(cursor, newest)
        cursor.save()
        return 0
    organization_ids = subscribing.values("organization_id")
    events = next_events(organization_ids=organization_ids, after=cursor.last_event_id, limit=PAGE)
    late = late_events(
        organization_ids=organization_ids,
        names=(*OF_CALLS, *WHOLE),
        last_seen=cursor.last_event_id,
        transaction_id=cursor.transaction_id,
        oldest_open_transaction_id=cursor.oldest_open_transaction_id,
    )
    for page in _pages(late):
        _make_messages(_not_made_yet(page))
    _make_messages(events)
    if events:
        _move(cursor, events[-1])
        cursor.save()
    return len(events)


def _move(cursor: WebhookCursor, event: EventLog | None) -> None:
    if event is not None:
        cursor.last_event_id = event.pk
        cursor.transaction_id = event.transaction_id
        cursor.oldest_open_transaction_id = event.oldest_open_transaction_id


def _pages(events: Iterable[EventLog]) -> Iterator[list[EventLog]]:
    page: list[EventLog] = []
    for event in events:
        page.append(event)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _not_made_yet(events: list[EventLog]) -> list[EventLog]:
    """A transaction that stays open for long makes all that follows it come late again and again."""
    ids = [event.pk for event in events]
    # wall: by the ids of events in hand, of several organizations
    made = set(WebhookMessage.objects.filter(event_id__in=ids).values_list("event_id", flat=True)) if ids else set()
    return [event for event in events if event.pk not in made]


def _make_messages(events: list[EventLog]) -> None:
    events = [event for event in events if event.name in WHOLE or _is_of_call(event)]
    if not events:
        return
    subscriptions = _subscriptions_of({event.organization_id for event in events})
    for begin in range(0, len(events), _AT_ONCE):
        _insert(_messages_of(events[begin : begin + _AT_ONCE], subscriptions))


def _is_of_call(event: EventLog) -> bool:
    return event.name in OF_CALLS and event.call_id is not None


def _messages_of(
    events: Sequence[EventLog], subscriptions: Mapping[str, list[WebhookSubscription]]
) -> list[WebhookMessage]:
    # wall: by the ids in the events in hand, of several organizations
    told = Call.objects.select_related("ai_agent", "contact", "disposition")
    calls = told.in_bulk(list({str(event.call_id) for event in events if _is_of_call(event)}))
    # wall: of the calls above
    tags = tags_of({call.tag_ids for call in calls.values()})
    for call in calls.values():
        call.tags = tags[call.tag_ids]
    messages: list[WebhookMessage] = []
    for event in events:
        subscribed = subscriptions[event.organization_id]
        try:
            if event.name in WHOLE:
                messages += messages_of_whole(event, subscribed)
                continue
            found = calls.get(str(event.call_id))
            row = full_facts_of(found) if found is not None else None
            messages += messages_of_call(event, row, subscribed)
        except Exception:
            # One event that becomes no message must not keep back all that follow.
            logger.exception("The event %s became no webhook", event.pk)
    return messages


def _insert(messages: list[WebhookMessage]) -> None:
    """One that is there already was made before: by a late event that is read again, or with an unchanged text."""
    few: list[WebhookMessage] = []
    characters = 0
    for message in messages:
        few.append(message)
        characters += len(message.body)
        if characters >= _MOST_CHARACTERS:
            WebhookMessage.objects.bulk_create(few, ignore_conflicts=True)
            few, characters = [], 0
    WebhookMessage.objects.bulk_create(few, ignore_conflicts=True)
    note_accesses([_access_by(message) for message in messages if message.has_transcript])


def _access_by(message: WebhookMessage) -> AccessEntry:
    """A transcript goes out to whoever subscribes: the webhook's key, or the user who made it. Once for each text."""
    subscription = message.subscription
    maker = subscription.created_by
    of_user = ActorKind.PLATFORM_STAFF if maker is not None and is_platform_staff(maker) else ActorKind.USER
    actor = Actor(
        kind=ActorKind.API_KEY if subscription.api_key_id else of_user,
        id=subscription.api_key_id or subscription.created_by_id,
        name=f"Webhook {subscription.name}",
        user_id=subscription.created_by_id,
    )
    act = hashlib.sha256(f"{subscription.pk}:{message.event_type}:{message.key}".encode()).hexdigest()[:48]
    read = Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=message.call_id, act=f"webhook:{act}")
    return entry_of(organization_id=subscription.organization_id, actor=actor, accessed=read)


def _subscriptions_of(organization_ids: set[str]) -> dict[str, list[WebhookSubscription]]:
    # wall: those of the given organizations, sorted by organization below
    active: QuerySet[Any, Any] = WebhookSubscription.objects.filter(
        organization_id__in=organization_ids, is_active=True
    )
    found: dict[str, list[WebhookSubscription]] = defaultdict(list)
    for subscription in active.select_related("created_by").defer("secrets"):
        found[subscription.organization_id].append(subscription)
    return found
