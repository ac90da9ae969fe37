"""The content of calls goes: recordings, words, or all that tells whose calls they were. Tombstones are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls.models import (
    Call,
    CallDirection,
    Delivery,
    LiveCall,
    LiveState,
    LiveTurn,
    Recording,
    Transfer,
    WebhookMessage,
)
from calls.selectors.privacy.holds import held_calls
from calls.services.lifecycle.call_message import plain_words
from calls.services.lifecycle.heed_holds import heeded_holds, holds_just_now
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.lock_calls import deliveries_of, lock_calls_with_all
from calls.services.lifecycle.storage_mode import SAID_IN_METADATA
from calls.services.recordings.remove_files import remove_files
from contacts.models import ContactNote, NoteType
from conversations.models import Conversation, Message
from tether_calls.common.transactions import until_done
from tether_calls.realtime.models import EventLog

# What of `provider_metadata` tells how a call went, and nothing of whom it was with.
_OF_THE_CALL = frozenset(
    {"failureReason", "hasAudio", "callResult", "callSuccessful", "terminationReason", "cost", "costUsd", "errorCode"}
)
# What of a call is in the event log's copy of it that was said, or written of what was said.
_SAID = ("aiSummary", "analysis", "aiTranscript")
_LATEST_MAX = 500


def erase_audio(
    *, organization_id: str, call_ids: Sequence[str], now: datetime | None = None, although_held: bool = False
) -> list[str]:
    """Erase the recordings of some of an organization's calls, and have none taken for them again.

    Outside of any transaction: the files go first, so that a row names them until they are gone. Done again where it
    was cut off. Returns the calls that have none now, without those that a legal hold keeps. Raises what the storage's
    client raises.
    """
    erased: list[str] = []
    left = list(call_ids)
    while left:
        # wall: parts of the organization's calls
        rows = Recording.objects.filter(call__in=_calls(organization_id, left)).order_by("call_id", "pk")
        removed = []
        for row in rows:
            # Asked before each: a hold that is placed meanwhile keeps all that are left.
            holds = [] if although_held else holds_just_now(organization_id)
            if not held_calls(organization_id, holds, [row.call_id]):
                remove_files(row.file.name)
                removed.append(row)
        forget = partial(_forget_audio, organization_id, left, removed, at=now, although_held=although_held)
        done, left = until_done(forget)
        erased += done
    return erased


@transaction.atomic
def _forget_audio(
    organization_id: str,
    call_ids: Sequence[str],
    removed: Sequence[Recording],
    *,
    at: datetime | None,
    although_held: bool,
) -> tuple[list[str], list[str]]:
    """The calls of which no audio is left, by the rows; and those that have got some since the look."""
    holds = [] if although_held else heeded_holds(organization_id)
    calls = lock_calls_with_all(organization_id, call_ids)
    forget_recordings(removed)
    free = {call.pk for call in calls} - held_calls(organization_id, holds, call_ids)
    # wall: parts of the calls that were locked
    kept = set(Recording.objects.filter(call__in=free).values_list("call_id", flat=True))
    done = sorted(free - kept)
    _calls(organization_id, done).filter(audio_erased_at=None).update(audio_erased_at=at or timezone.now())
    _forget_deliveries(organization_id, done)
    return done, sorted(kept)


def forget_recordings(rows: Sequence[Recording]) -> None:
    """Delete the rows whose files are gone; one that names another by now, such as a silent one, is still to go."""
    # wall: rows of one organization, whose files were removed
    Recording.objects.filter(pk__in=[row.pk for row in rows], file__in=[row.file.name for row in rows]).delete()


@transaction.atomic
def erase_transcripts(*, organization_id: str, call_ids: Sequence[str], now: datetime | None = None) -> int:
    """Erase what was said in some calls and what agents and providers have written of it, wherever it was written.

    What people have written (notes, comments) stays. Returns how many calls had any words. A dozen statements.
    """
    calls = lock_calls_with_all(organization_id, call_ids)
    had = sum(bool(call.ai_transcript or call.ai_summary) for call in calls)
    ids = [call.pk for call in calls]
    _blank_words(organization_id, calls, now or timezone.now())
    LiveTurn.objects.of_organization(organization_id).filter(live__in=ids).delete()
    Transfer.objects.of_organization(organization_id).filter(call__in=ids).update(reason="", summary="")
    notes = ContactNote.objects.of_organization(organization_id)
    notes.filter(call_id__in=ids, type=NoteType.AI_SUMMARY).delete()
    if calls:
        keep_words(*calls)
    _shorten_messages(organization_id, calls)
    # Also what was not processed: it has the same words, and would be refused now.
    deliveries_of(organization_id, ids).only("pk").delete()
    _forget_told(organization_id, ids)
    return had


@transaction.atomic
def erase_persons_of_calls(*, organization_id: str, call_ids: Sequence[str], now: datetime | None = None) -> int:
    """Have calls no longer tell whose they were: numbers, contact, names and data that came with them.

    What stays is the tombstone: ids, times, length, status, agent, user and costs. Returns how many there were.
    """
    calls = lock_calls_with_all(organization_id, call_ids)
    _blank_persons(organization_id, calls, request_id=None, at=now or timezone.now())
    ids = [call.pk for call in calls]
    messages = Message.objects.of_organization(organization_id).filter(call_id__in=ids)
    touched = set(messages.values_list("conversation_id", flat=True))
    messages.delete()
    _count_messages(organization_id, touched)
    EventLog.objects.of_organization(organization_id).filter(call_id__in=ids).delete()
    Transfer.objects.of_organization(organization_id).filter(call__in=ids).delete()
    return len(calls)


@transaction.atomic
def leave_tombstones(*, organization_id: str, call_ids: Sequence[str], request_id: str | None) -> None:
    """Have only tombstones left of some calls, for a request that erases a person; what is around them goes by itself.

    Of recordings as well none is taken from now on; those that are there are still to be erased.
    """
    calls = lock_calls_with_all(organization_id, call_ids)
    at = timezone.now()
    _blank_words(organization_id, calls, at)
    _blank_persons(organization_id, calls, request_id=request_id, at=at)
    _calls(organization_id, call_ids).filter(audio_erased_at=None).update(audio_erased_at=at)


def _blank_words(organization_id: str, calls: Sequence[Call], at: datetime) -> None:
    ids = [call.pk for call in calls]
    # A final push that is still to come finds a call that was kept.
    LiveCall.objects.of_organization(organization_id).filter(call__in=ids).update(state=LiveState.KEPT)
    _calls(organization_id, ids).update(ai_transcript=None, ai_summary="", analysis=None)
    _calls(organization_id, ids).filter(transcript_erased_at=None).update(transcript_erased_at=at)
    for call in calls:
        call.ai_transcript, call.ai_summary, call.analysis = None, "", None
        if any(name in call.provider_metadata for name in SAID_IN_METADATA):
            for name in SAID_IN_METADATA:
                call.provider_metadata.pop(name, None)
            _calls(organization_id, [call.pk]).update(provider_metadata=call.provider_metadata)
        if call.opt_out and (call.opt_out.get("text") or call.opt_out.get("turn") is not None):
            call.opt_out = {**call.opt_out, "turn": None, "text": ""}
            _calls(organization_id, [call.pk]).update(opt_out=call.opt_out)


def _blank_persons(organization_id: str, calls: Sequence[Call], *, request_id: str | None, at: datetime) -> None:
    for call in calls:
        mine = "from_number" if call.direction == CallDirection.INBOUND else "to_number"
        forgotten: dict[str, Any] = {
            mine: "",
            "external_call_id": _without_person(call),
            "contact": None,
            "conversation": None,
            "metadata": {},
            "provider_metadata": {
                name: value for name, value in call.provider_metadata.items() if name in _OF_THE_CALL
            },
            "person_erased_at": call.person_erased_at or at,
            "erased_in": call.erased_in or request_id,
        }
        _calls(organization_id, [call.pk]).update(**forgotten)


def _calls(organization_id: str, call_ids: Iterable[str]) -> Any:
    return Call.objects.of_organization(organization_id).filter(pk__in=list(call_ids))


def _without_person(call: Call) -> str | None:
    """A vendor's id stays, so that a call that is pushed again is known; not where it is made of the number."""
    digits = call.customer_number.lstrip("+")
    named = call.external_call_id
    return f"erased-{call.pk}" if named and digits and digits in named else named


def _forget_deliveries(organization_id: str, call_ids: Sequence[str]) -> None:
    """Providers' requests as they came: the same words and the same audio."""
    deliveries = Delivery.objects.of_organization(organization_id).filter(call__in=call_ids)
    deliveries.only("pk").delete()


def _forget_told(organization_id: str, call_ids: Sequence[str]) -> None:
    """Events keep telling that something happened, without the words; messages of webhooks go."""
    rows = list(EventLog.objects.of_organization(organization_id).filter(call_id__in=call_ids))
    # wall: by the ids of the organization's events
    WebhookMessage.objects.filter(event_id__in=[row.pk for row in rows]).delete()
    changed = []
    for row in rows:
        told = row.data.get("call")
        if isinstance(told, dict) and told.keys() & {*_SAID, "optOut", "providerMetadata"}:
            row.data = {**row.data, "call": _unsaid(told)}
            changed.append(row)
    # wall: rows of the organization, read above
    EventLog.objects.bulk_update(changed, ["data"], batch_size=200)


def _unsaid(told: dict[str, Any]) -> dict[str, Any]:
    left = {name: value for name, value in told.items() if name not in _SAID}
    if isinstance(particulars := left.get("providerMetadata"), dict):
        left["providerMetadata"] = {name: each for name, each in particulars.items() if name not in SAID_IN_METADATA}
    if isinstance(opt_out := left.get("optOut"), dict):
        left["optOut"] = {name: value for name, value in opt_out.items() if name not in ("turn", "text")}
    return left


def _shorten_messages(organization_id: str, calls: Sequence[Call]) -> None:
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


def _count_messages(organization_id: str, conversation_ids: Iterable[str]) -> None:
    """Conversations that have lost messages say what is left in them."""
    conversations = Conversation.objects.of_organization(organization_id).filter(pk__in=list(conversation_ids))
    for conversation in conversations.select_for_update(of=("self",), no_key=True).order_by("pk"):
        left = Message.objects.of_organization(organization_id).filter(conversation=conversation)
        newest = left.order_by("-id").first()
        conversation.message_count = left.count()
        conversation.latest_message = newest.content[:_LATEST_MAX] if newest is not None else ""
        conversation.last_message_time = newest.created_at if newest is not None else None
        conversation.save(update_fields=["message_count", "latest_message", "last_message_time"])
