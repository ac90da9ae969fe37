"""The content of calls goes: recordings, words, or all that tells whose calls they were. Tombstones are left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.models import (
    Call,
    CallDirection,
    LegalHold,
    LiveCall,
    LiveState,
    LiveTurn,
    Recording,
)
from calls.selectors.privacy.holds import held_calls
from calls.services.lifecycle.hear_opt_out import UNQUOTED
from calls.services.lifecycle.heed_holds import heeded_holds, holds_just_now
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.lock_calls import deliveries_of, lock_calls_with_all
from calls.services.lifecycle.storage_mode import SAID_IN_METADATA
from calls.services.privacy.erase_around import (
    count_messages,
    events_of_transfers,
    forget_deliveries,
    forget_told,
    shorten_messages,
    transfers_of,
)
from calls.services.recordings.remove_files import remove_files
from contacts.models import ContactNote, NoteType
from contacts.services.do_not_call import forget_quotes
from conversations.models import Message
from tether_calls.common.transactions import until_done
from tether_calls.realtime.models import EventLog

# What of `provider_metadata` tells how a call went, and nothing of whom it was with.
_OF_THE_CALL = frozenset(
    {"failureReason", "hasAudio", "callResult", "callSuccessful", "terminationReason", "cost", "costUsd", "errorCode"}
)


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
    forget_deliveries(organization_id, done)
    return done, sorted(kept)


def forget_recordings(rows: Sequence[Recording]) -> None:
    """Delete the rows whose files are gone; one that names another by now, such as a silent one, is still to go."""
    # wall: rows of one organization, whose files were removed
    Recording.objects.filter(pk__in=[row.pk for row in rows], file__in=[row.file.name for row in rows]).delete()


@transaction.atomic
def erase_transcripts(
    *, organization_id: str, call_ids: Sequence[str], now: datetime | None = None, holds: Sequence[LegalHold] = ()
) -> int:
    """Erase what was said in some calls and what agents and providers have written of it, wherever it was written.

    None of the calls is held; `holds` may be on calls that these have to do with. What people have written (notes,
    comments) stays. Returns how many calls had any words. A dozen statements, and one for each young transfer.
    """
    calls = lock_calls_with_all(organization_id, call_ids)
    had = sum(bool(call.ai_transcript or call.ai_summary) for call in calls)
    ids = [call.pk for call in calls]
    _blank_words(organization_id, calls, now or timezone.now())
    LiveTurn.objects.of_organization(organization_id).filter(live__in=ids).delete()
    transfers = transfers_of(organization_id, ids, holds, erased="transcript_erased_at")
    told = events_of_transfers(organization_id, transfers)
    transfers.update(reason="", summary="")
    notes = ContactNote.objects.of_organization(organization_id)
    notes.filter(call_id__in=ids, type=NoteType.AI_SUMMARY).delete()
    if calls:
        keep_words(*calls)
    shorten_messages(organization_id, calls)
    # Also what was not processed: it has the same words, and would be refused now.
    deliveries_of(organization_id, ids).only("pk").delete()
    forget_told(organization_id, ids, told)
    return had


@transaction.atomic
def erase_persons_of_calls(
    *, organization_id: str, call_ids: Sequence[str], now: datetime | None = None, holds: Sequence[LegalHold] = ()
) -> int:
    """Have calls no longer tell whose they were: numbers, contact, names and data that came with them.

    What stays is the tombstone: ids, times, length, status, agent, user and costs. Returns how many there were. `holds`
    as for `erase_transcripts`.
    """
    calls = lock_calls_with_all(organization_id, call_ids)
    _blank_persons(organization_id, calls, request_id=None, at=now or timezone.now())
    ids = [call.pk for call in calls]
    messages = Message.objects.of_organization(organization_id).filter(call_id__in=ids)
    touched = set(messages.values_list("conversation_id", flat=True))
    messages.delete()
    count_messages(organization_id, touched)
    transfers = transfers_of(organization_id, ids, holds, erased="person_erased_at")
    told = [event.pk for event in events_of_transfers(organization_id, transfers)]
    EventLog.objects.of_organization(organization_id).filter(Q(call_id__in=ids) | Q(pk__in=told)).delete()
    transfers.delete()
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
    asked_in = [call.pk for call in calls if call.opt_out]
    if asked_in:
        forget_quotes(organization_id=organization_id, call_ids=asked_in, reason=UNQUOTED)
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
