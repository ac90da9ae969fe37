"""The box of a listening queue on the page of a call that a reviewer took from it: progress, and the next call."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from calls.models import Call
from calls.selectors.review.queues import Progress, progress_of, turn_of
from tether_calls.accounts.models import User
from tether_calls.common.admin.display import page_of


@dataclass(frozen=True)
class QueueBox:
    """`page`: the queue's; `next`: where being done is told; `call`: its id."""

    name: str
    page: str
    next: str
    call: str
    progress: Progress


def queue_box(call: Call, user: User) -> QueueBox | None:
    """One statement; two more where there is one."""
    turn = turn_of(call, user)
    if turn is None:
        return None
    queue = turn.queued.queue
    return QueueBox(
        name=queue.name,
        page=page_of(queue),
        next=reverse("admin:calls_listeningqueue_next", args=[queue.pk]),
        call=call.pk,
        progress=progress_of(queue, user),
    )
