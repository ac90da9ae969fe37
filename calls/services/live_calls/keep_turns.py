"""What is said in a call that goes on is kept, and those who read along are woken."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.utils import timezone

from calls.models import LiveCall, LiveTurn
from calls.reports import TranscriptTurn
from tether_calls.common.statements import after_commit
from tether_calls.realtime.waking import wake_watchers


def keep_turns(live: LiveCall, new: Sequence[tuple[int, TranscriptTurn]]) -> None:
    """Keep turns with their places in the conversation; without any, that the call was heard of. Two statements.

    To be called in a transaction that holds the lock of `live`.
    """
    live.heard_at = timezone.now()
    if new:
        LiveTurn.objects.bulk_create(
            LiveTurn(
                live_id=live.call_id,
                organization_id=live.organization_id,
                sequence=live.turn_count + number,
                place=place,
                role=turn.role,
                message=turn.message,
                timestamp=turn.timestamp,
            )
            for number, (place, turn) in enumerate(new, start=1)
        )
        live.turn_count += len(new)
        live.next_place = max(live.next_place, 1 + max(place for place, _ in new))
    live.save(update_fields=["heard_at", "turn_count", "next_place"])
    if new:
        after_commit(partial(wake_watchers, live.organization_id))
