"""What a row of a list tells of its call besides the call's own columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.db.models.functions import Left

from calls.models import Call, Recording, Tag
from calls.models.label import tags_of
from contacts.selectors.notes import note_counts
from tether_calls.accounts import wallet

# As much of a summary as two lines of a wide screen have room for.
_BEGINNING = 240


@dataclass(frozen=True)
class Marks:
    """`cost` is None of a call that nothing was booked for; `currency` is then empty."""

    beginning: str
    has_recording: bool
    notes: int
    tags: list[Tag]
    cost: Decimal | None
    currency: str


def marks_of(calls: Sequence[Call]) -> dict[str, Marks]:
    """By call. Three statements, and one where there are tags; none without calls."""
    if not calls:
        return {}
    ids = [call.pk for call in calls]
    # wall: of calls that the asker has found
    tags = tags_of(call.tag_ids for call in calls)
    # wall: of calls that the asker has found
    recordings = Recording.objects.filter(call=OuterRef("pk"))
    # wall: calls that the asker has found
    told = (
        Call.objects.filter(pk__in=ids).order_by().values_list("pk", Left("ai_summary", _BEGINNING), Exists(recordings))
    )
    known = {call_id: (beginning, is_recorded) for call_id, beginning, is_recorded in told}
    notes, charges = note_counts(ids), wallet.charges_of(ids)
    marks = {}
    for call in calls:
        beginning, is_recorded = known.get(call.pk, ("", False))
        cost, currency = charges.get(call.pk, (None, ""))
        marks[call.pk] = Marks(beginning, is_recorded, notes.get(call.pk, 0), tags[call.tag_ids], cost, currency)
    return marks
