"""The words of calls made anew: of those that were kept before there was a search, or by an older way of reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from calls.models import Call, CallWords
from calls.models.call_words import WORDS_VERSION
from calls.services.lifecycle.keep_words import keep_words
from calls.services.lifecycle.lock_calls import in_lock_order
from contacts.models import ContactNote

# Locked together, for some tens of milliseconds: a report on one of them waits as long.
SLICE = 100


@dataclass(frozen=True)
class Indexed:
    """How far it has come: the last call that was looked at, and how many were looked at and written since before."""

    last_id: str
    looked_at: int
    written: int


def index_calls(*, after: str = "", every: bool = False) -> Iterator[Indexed]:
    """Go through all calls behind the id `after`, in the order of ids; write those that searches do not find yet.

    `every`: also those that they find. Cut off anywhere, nothing is lost: what was written is found. Calls may be
    written meanwhile: a slice is locked as a report locks its call, so the newer text is the one that stays.
    """
    # wall: an operator's command, for all organizations
    while ids := list(Call.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[: SLICE * 10]):
        written = 0
        missing = ids if every else list(_missing(ids))
        for begin in range(0, len(missing), SLICE):
            written += _index(missing[begin : begin + SLICE])
        after = ids[-1]
        yield Indexed(after, len(ids), written)


def _missing(ids: list[str]) -> Iterator[str]:
    # wall: an operator's command, for all organizations
    current = CallWords.objects.filter(call_id=OuterRef("pk"), version=WORDS_VERSION)
    # wall: of the ids that the command has come to
    notes = ContactNote.objects.filter(call_id=OuterRef("pk"))
    # wall: of the ids that the command has come to
    calls = Call.objects.filter(Q(ai_transcript__isnull=False) | ~Q(ai_summary="") | Exists(notes), pk__in=ids)
    yield from calls.exclude(Exists(current)).order_by("pk").values_list("pk", flat=True)


def _index(ids: list[str]) -> int:
    with transaction.atomic():
        # wall: of the ids that the command has come to
        calls = Call.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True)
        return keep_words(*in_lock_order(calls))
