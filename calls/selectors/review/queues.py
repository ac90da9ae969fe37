"""How far reviewers are with listening queues."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from calls.models import Call, ListeningQueue, QueuedCall, QueueTurn
from calls.selectors.seen_calls import ids_of_seen
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of


@dataclass(frozen=True)
class Progress:
    """Of the calls that were drawn: how many are heard, skipped, being heard; by the user, where each hears all."""

    drawn: int
    heard: int
    skipped: int
    under_way: int

    @property
    def left(self) -> int:
        return self.drawn - self.heard - self.skipped

    @property
    def percent(self) -> int:
        return 100 * (self.drawn - self.left) // self.drawn if self.drawn else 0


def progress_of(queue: ListeningQueue, user: User) -> Progress:
    """Two statements. Of calls that the user does not see nothing counts."""
    # wall: of the queue in hand
    drawn, turns = QueuedCall.objects.filter(queue_id=queue.pk), QueueTurn.objects.filter(queued__queue_id=queue.pk)
    if (sight := sight_of(user)) is not None:
        seen = ids_of_seen(sight)
        drawn, turns = drawn.filter(call_id__in=seen), turns.filter(queued__call_id__in=seen)
    if not queue.is_shared:
        turns = turns.filter(reviewer=user)
    done = Q(done_at__isnull=False)
    counts = turns.aggregate(
        heard=Count("pk", filter=done & Q(is_skipped=False)),
        skipped=Count("pk", filter=done & Q(is_skipped=True)),
        under_way=Count("pk", filter=~done),
    )
    return Progress(drawn=drawn.count(), **counts)


def queues_of(*, organization_id: str) -> list[ListeningQueue]:
    """An organization's, by name; those that are archived as well, whose calls were drawn. One statement."""
    return list(ListeningQueue.objects.of_organization(organization_id).order_by("key"))


# wall: of a queue that narrows down calls which the asker may see
def drawn_for(queue_id: str) -> QuerySet[QueuedCall, QueuedCall]:
    """What was drawn for a queue; of the calls that the asker may see, no others are among them."""
    # wall: of a queue that narrows down calls which the asker may see
    return QueuedCall.objects.filter(queue_id=queue_id)


# wall: of a call in hand
def turn_of(call: Call, user: User) -> QueueTurn | None:
    """What the user has taken the call for, and not done with. One statement."""
    # wall: of the call, which is the organization's
    turns = QueueTurn.objects.filter(queued__call_id=call.pk, reviewer=user, done_at=None)
    return turns.select_related("queued__queue").order_by("-taken_at").first()
