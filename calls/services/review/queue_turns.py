"""Taking the next call of a listening queue, and being done with it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from calls.models import ListeningQueue, QueuedCall, QueueTurn
from calls.selectors.seen_calls import ids_of_seen
from calls.services.review.draw_calls import draw_due
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import REVIEW_ROLE, require_role, works_for
from tether_calls.accounts.sight import sight_of
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import until_done

# After so long without being done with it, somebody else is given a call of a shared queue.
HELD: Final = timedelta(hours=1)


def next_call(*, user: User, organization_id: str, queue_id: str) -> QueuedCall | None:
    """The call that the user has taken and not done with, else the next one, taken now; None where there is none.

    Of calls that the user does not see they are given none.

    What is due is drawn first. Of a shared queue two reviewers are never given the same call, and a reviewer who asks
    twice at once is given one. Raises FORBIDDEN, QUEUE_NOT_FOUND.
    """
    queue = _queue_of(user, organization_id, queue_id)
    until_done(partial(draw_due, queue, now=timezone.now()))
    return until_done(partial(_take, queue, user))


@transaction.atomic
def finish_turn(*, user: User, organization_id: str, queue_id: str, call_id: str, is_skipped: bool = False) -> None:
    """Have the user be done with a call that they have taken; with any other, nothing happens.

    Raises FORBIDDEN, QUEUE_NOT_FOUND.
    """
    queue = _queue_of(user, organization_id, queue_id)
    # wall: of the queue, which is the organization's
    turns = QueueTurn.objects.filter(queued__queue=queue, queued__call_id=call_id, reviewer=user, done_at=None)
    turns.update(done_at=timezone.now(), is_skipped=is_skipped)


@transaction.atomic
def leave_queue(*, user: User, organization_id: str, queue_id: str) -> None:
    """Give back what the user has taken and not done with. Raises FORBIDDEN, QUEUE_NOT_FOUND."""
    queue = _queue_of(user, organization_id, queue_id)
    # wall: of the queue, which is the organization's
    QueueTurn.objects.filter(queued__queue=queue, reviewer=user, done_at=None).delete()


def _queue_of(user: User, organization_id: str, queue_id: str) -> ListeningQueue:
    require_role(user, REVIEW_ROLE)
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.QUEUE_NOT_FOUND)
    queues = ListeningQueue.objects.of_organization(organization_id).select_related("organization")
    return queues.get_or_refuse(ErrorCode.QUEUE_NOT_FOUND, pk=queue_id)


def _of_seen(user: User, path: str = "") -> Q:
    sight = sight_of(user)
    return Q() if sight is None else Q(**{f"{path}call_id__in": ids_of_seen(sight)})


@transaction.atomic
def _take(queue: ListeningQueue, user: User) -> QueuedCall | None:
    # wall: the user's own row, so that their requests take turns: one that is sent twice is given one call
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    queued = queue.queued.filter(_of_seen(user)).order_by("day", "position")
    # wall: of the calls of the queue, which is the organization's
    turns = QueueTurn.objects.filter(queued_id=OuterRef("pk"))
    begun = queued.filter(Exists(turns.filter(reviewer=user, done_at=None))).first()
    if begun is not None:
        return begun
    own = turns.filter(reviewer=user)
    free = queued.exclude(Exists(turns if queue.is_shared else own))
    if connection.features.has_select_for_update_skip_locked:
        free = free.select_for_update(skip_locked=True, of=("self",))
    found = free.first()
    if found is not None:
        QueueTurn.objects.create(queued=found, reviewer=user, is_shared=queue.is_shared)
        return found
    return _take_over(queue, user) if queue.is_shared else None


def _take_over(queue: ListeningQueue, user: User) -> QueuedCall | None:
    """The call that another reviewer has held for too long."""
    # wall: of the queue, which is the organization's
    held = QueueTurn.objects.filter(
        _of_seen(user, "queued__"), queued__queue=queue, done_at=None, taken_at__lt=timezone.now() - HELD
    )
    if connection.features.has_select_for_update_skip_locked:
        held = held.select_for_update(skip_locked=True, of=("self",))
    turn = held.select_related("queued").order_by("queued__day", "queued__position").first()
    if turn is None:
        return None
    turn.reviewer, turn.taken_at = user, timezone.now()
    turn.save(update_fields=["reviewer", "taken_at"])
    return turn.queued
