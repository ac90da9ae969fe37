"""Who answered a call and how it ended, of all that was told of it: the same in whatever order it came."""

from __future__ import annotations

from collections.abc import Iterable

from calls.models import Call, CallStatus
from calls.outcomes import (
    Ending,
    as_text,
    best_of,
    ending_of_our_own,
    ending_of_status,
    endings_of_hang_up,
    from_text,
    greater_answerer,
)
from calls.reports import Authority
from calls.services.lifecycle.change_status import has_ended

# The columns that `merge_outcome` writes.
OUTCOME = ("answered_by", "end_reason", "end_fault", "endings_told")


def merge_outcome(
    call: Call, *, endings: Iterable[Ending] = (), hung_up_by: str | None = None, answered_by: str | None = None
) -> None:
    """Take over what was told, of a call that has its status already. While it goes on it has no end.

    Two accounts are kept, one for the case that the call took place and one for the case that it did not: which it was
    may turn out later.
    """
    call.answered_by = greater_answerer(call.answered_by, answered_by or "")
    told = [*(from_text(call.endings_told) if call.endings_told else ()), *endings]
    if hung_up_by is not None:
        told += endings_of_hang_up(hung_up_by, call.direction)
    call.endings_told = as_text(told)
    if not has_ended(call):
        call.end_reason = call.end_fault = ""
        return
    known = best_of(told, is_completed=call.status == CallStatus.COMPLETED) if told else None
    ending = known or _without_account(call)
    call.end_reason, call.end_fault = ending.reason, ending.fault


def _without_account(call: Call) -> Ending:
    """What the row itself says: that we gave it up, and why, or only its status."""
    if call.end_authority == Authority.GIVEN_UP:
        return ending_of_our_own(call.provider_metadata.get("failureReason") or "")
    return ending_of_status(call.status, call.direction)
