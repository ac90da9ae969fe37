"""The life of a call: in which order its states follow, and the one function that moves it."""

from __future__ import annotations

from calls.models import Call, CallStatus

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


def change_status(call: Call, status: str) -> bool:
    """Move a call forward; returns whether it moved. The caller holds the row's lock and saves it.

    A late or repeated report never moves a call backwards, and what has ended stays as it ended.
    """
    if RANK[status] <= RANK[call.status]:
        return False
    call.status = status
    return True


def has_ended(call: Call) -> bool:
    return call.status in TERMINAL
