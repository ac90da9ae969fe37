"""What hangs together with calls, and loses what it says of them: transfers, deliveries, events, messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from calls.models import Call, Delivery, LegalHold, Transfer, WebhookMessage
from calls.selectors.privacy.holds import held_calls
from calls.services.lifecycle.call_message import plain_words
from calls.services.lifecycle.storage_mode import SAID_IN_METADATA
from contacts.models import NoteType
from conversations.models import Conversation, Message
from tether_calls.common.object_id import first_object_id_at
from tether_calls.realtime.events import EventName
from tether_calls.realtime.models import EventLog

# What of a call is in the event log's copy of it that was said, or written of what was said.
_SAID = ("aiSummary", "analysis", "aiTranscript")
_LATEST_MAX = 500
# So long after a transfer was awaited, offers of it may still have been written.
_LATE: Final = timedelta(minutes=1)


def transfers_of(
    organization_id: str, call_ids: Sequence[str], holds: Sequence[LegalHold], *, erased: str
) -> QuerySet[Transfer]:
    """The transfers of some calls, once neither the agent's call nor the caller's keeps them.

    A transfer goes with the agent's call; with the caller's, where that was held then, or the agent's is not known.
    """
    transfers = Transfer.objects.of_organization(organization_id)
    of_legs = Q(leg__in=call_ids) & (Q(call=None) | ~Q(**{f"call__{erased}": None}))
    of_calls = transfers.filter(Q(call__in=call_ids) | of_legs)
    legs = list(of_calls.exclude(leg=None).values_list("leg", flat=True)) if holds else []
    return of_calls.exclude(leg__in=held_calls(organization_id, holds, legs))


def forget_deliveries(organization_id: str, call_ids: Sequence[str]) -> None:
    """Providers' requests as they came: the same words and the same audio."""
    deliveries = Delivery.objects.of_organization(organization_id).filter(call__in=call_ids)
    deliveries.only("pk").delete()


def events_of_transfers(organization_id: str, transfers: QuerySet[Transfer]) -> list[EventLog]:
    """What was told of transfers while it was not known of which call they are.

    One statement, and one for each transfer of which the log still tells.
    """
    events = EventLog.objects.of_organization(organization_id)
    rows: list[EventLog] = []
    oldest = timezone.now() - timedelta(days=settings.TETHER_EVENT_LOG_DAYS)
    for transfer in transfers.filter(expires_at__gte=oldest):
        told = events.filter(call_id=None, name=EventName.TRANSFER_OFFERED, pk__gte=transfer.pk)
        until = first_object_id_at(transfer.expires_at + _LATE)
        rows += [row for row in told.filter(pk__lt=until) if row.data.get("transferId") == transfer.pk]
    return rows


def forget_told(organization_id: str, call_ids: Sequence[str], others: Sequence[EventLog]) -> None:
    """Events of calls, and others, keep telling that something happened, without the words; messages of webhooks go."""
    rows = [*EventLog.objects.of_organization(organization_id).filter(call_id__in=call_ids), *others]
    # wall: by the ids of the organization's events
    WebhookMessage.objects.filter(event_id__in=[row.pk for row in rows]).delete()
    changed = []
    for row in rows:
        left = {**row.data, **_unsaid(row.data)}
        if left != row.data:
            row.data = left
            changed.append(row)
    # wall: rows of the organization, read above
    EventLog.objects.bulk_update(changed, ["data"], batch_size=200)


def _unsaid(data: dict[str, Any]) -> dict[str, Any]:
    """What an event tells otherwise where it is to have no words: of its call, of an agent's note, of whom an agent
    hands over. What people have written stays.
    """
    unsaid: dict[str, Any] = {}
    if isinstance(call := data.get("call"), dict):
        unsaid["call"] = _call_unsaid(call)
    if isinstance(note := data.get("note"), dict) and note.get("type") == NoteType.AI_SUMMARY:
        unsaid["note"] = {**note, "note": ""}
    if "transferId" in data:
        unsaid |= {name: "" for name in ("reason", "summary") if name in data}
    return unsaid


def _call_unsaid(told: dict[str, Any]) -> dict[str, Any]:
    left = {name: value for name, value in told.items() if name not in _SAID}
    if isinstance(particulars := left.get("providerMetadata"), dict):
        left["providerMetadata"] = {name: each for name, each in particulars.items() if name not in SAID_IN_METADATA}
    if isinstance(opt_out := left.get("optOut"), dict):
        left["optOut"] = {name: value for name, value in opt_out.items() if name not in ("turn", "text")}
    return left


def shorten_messages(organization_id: str, calls: Sequence[Call]) -> None:
    """Of calls with a summary, the conversation shows what it shows of those without."""
    by_id = {call.pk: call for call in calls}
    messages = list(
        Message.objects.of_organization(organization_id).filter(call_id__in=list(by_id), is_ai_generated=True)
    )
    shown = {message.content[:_LATEST_MAX]: message for message in messages}
    for message in messages:
        message.content, message.is_ai_generated = plain_words(by_id[message.call_id or ""]), False
    # wall: rows of the organization, read above
    Message.objects.bulk_update(messages, ["content", "is_ai_generated"], batch_size=200)
    conversations = list(
        Conversation.objects.of_organization(organization_id)
        .filter(pk__in={message.conversation_id for message in messages})
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    changed = []
    for conversation in conversations:
        was_shown = shown.get(conversation.latest_message)
        if was_shown is not None and was_shown.conversation_id == conversation.pk:
            conversation.latest_message = was_shown.content
            changed.append(conversation)
    # wall: rows of the organization, read above
    Conversation.objects.bulk_update(changed, ["latest_message"], batch_size=200)


def count_messages(organization_id: str, conversation_ids: Iterable[str]) -> None:
    """Conversations that have lost messages say what is left in them."""
    conversations = Conversation.objects.of_organization(organization_id).filter(pk__in=list(conversation_ids))
    for conversation in conversations.select_for_update(of=("self",), no_key=True).order_by("pk"):
        left = Message.objects.of_organization(organization_id).filter(conversation=conversation)
        newest = left.order_by("-id").first()
        conversation.message_count = left.count()
        conversation.latest_message = newest.content[:_LATEST_MAX] if newest is not None else ""
        conversation.last_message_time = newest.created_at if newest is not None else None
        conversation.save(update_fields=["message_count", "latest_message", "last_message_time"])
