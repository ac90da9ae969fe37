"""The life of a call: in which order its states follow, and the functions that move it."""

from __future__ import annotations

from calls.models import Call, CallStatus
from calls.reports import Authority

# initiated -> ringing -> in-progress | answered -> the end. A state of the same or a lower rank changes nothing.
RANK: dict[str, int] = {
    CallStatus.INITIATED: 0,
    CallStatus.RINGING: 1,
    CallStatus.IN_PROGRESS: 2,
    CallStatus.ANSWERED: 2,
    CallStatus.COMPLETED: 3,
    CallStatus.NO_ANSWER: 3,
    CallStatus.BUSY: 3,
    CallStatus.FAILED: 3,
    CallStatus.CANCELED: 3,
}
TERMINAL = frozenset(status for status, rank in RANK.items() if rank == 3)
ANSWERED = frozenset((CallStatus.IN_PROGRESS, CallStatus.ANSWERED))

# Of several unanswered legs the later one in this list decides: it says more of the person called.
_UNANSWERED = (CallStatus.CANCELED, CallStatus.FAILED, CallStatus.NO_ANSWER, CallStatus.BUSY)


def change_status(call: Call, status: str, authority: int = Authority.FIRM) -> bool:
    """Move a call forward; returns whether it moved. The caller holds the row's lock and saves it.

    A late or repeated report never moves a call backwards. What has ended stays ended, with one exception: an answer
    after the end of an unanswered leg, which means that another leg was answered.
    """
    if has_ended(call):
        if status not in ANSWERED or call.end_authority != Authority.UNANSWERED_LEG:
            return False
        call.end_time = call.duration = None
        call.end_time_is_counted = call.duration_is_counted = False
    elif RANK[status] <= RANK[call.status]:
        return False
    call.status = status
    if status in TERMINAL:
        call.end_authority = _weight(status, authority)
    return True


def correct_end(call: Call, status: str, authority: int) -> bool:
    """Another report of how an ended call ended; returns whether that changed its status.

    Whichever of two reports comes first, the same one decides. The caller holds the row's lock and saves it.
    """
    weight = _weight(status, authority)
    if weight == call.end_authority == Authority.UNANSWERED_LEG:
        decides = _UNANSWERED.index(CallStatus(status)) > _UNANSWERED.index(CallStatus(call.status))
    else:
        decides = weight > call.end_authority
    if not decides:
        return False
    is_news = call.status != status
    call.status, call.end_authority = status, weight
    return is_news


def close_open_end(call: Call) -> bool:
    """An end in open words is that of a completed call where an answer is known; returns whether that is news."""
    if call.end_authority != Authority.OPEN or call.answer_time is None or call.status == CallStatus.COMPLETED:
        return False
    call.status = CallStatus.COMPLETED
    return True


def has_ended(call: Call) -> bool:
    return call.status in TERMINAL


def _weight(status: str, authority: int) -> int:
    """A look-up that finds the call answered outweighs an unanswered leg."""
    if authority == Authority.LOOK_UP and status == CallStatus.COMPLETED:
        return Authority.OPEN - 1
    return int(authority)
