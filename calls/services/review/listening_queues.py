"""Listening queues: made and changed; what has been drawn stays as it is."""

from __future__ import annotations

from typing import Any, Final

from calls.models import Disposition, ListeningQueue, Tag
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import REVIEW_ROLE, require_role, works_for
from tether_calls.accounts.services.turns import take_turns
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import unique_or_refuse

MOST_QUEUES: Final = 50
# What is said of a queue.
FIELDS: Final = (
    *("name", "per_agent", "strata", "is_shared", "is_archived"),
    *("direction", "least_seconds", "tag", "disposition"),
)


def create_queue(*, user: User, organization_id: str, values: dict[str, Any]) -> ListeningQueue:
    """`values`: some of FIELDS, the name among them. Three statements.

    Raises FORBIDDEN, QUEUE_EXISTS, TOO_MANY_QUEUES.
    """
    _require(user, organization_id, values)
    queue = ListeningQueue(organization_id=organization_id, **values)
    with unique_or_refuse(ErrorCode.QUEUE_EXISTS):
        take_turns(organization_id)
        if ListeningQueue.objects.of_organization(organization_id).count() >= MOST_QUEUES:
            raise TetherError(ErrorCode.TOO_MANY_QUEUES)
        queue.save(force_insert=True)
    return queue


def update_queue(*, user: User, organization_id: str, queue_id: str, changes: dict[str, Any]) -> ListeningQueue:
    """`changes`: some of FIELDS. Two statements. Raises FORBIDDEN, QUEUE_NOT_FOUND, QUEUE_EXISTS."""
    _require(user, organization_id, changes)
    with unique_or_refuse(ErrorCode.QUEUE_EXISTS):
        found = ListeningQueue.objects.of_organization(organization_id).select_for_update(no_key=True)
        queue = found.get_or_refuse(ErrorCode.QUEUE_NOT_FOUND, pk=queue_id)
        for name, value in changes.items():
            setattr(queue, name, value)
        queue.save(update_fields=[*changes, "updated_at"])
    return queue


def _require(user: User, organization_id: str, values: dict[str, Any]) -> None:
    require_role(user, REVIEW_ROLE)
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.FORBIDDEN)
    assert values.keys() <= set(FIELDS)
    for label in (values.get("tag"), values.get("disposition")):
        if isinstance(label, Tag | Disposition) and label.organization_id != organization_id:
            raise TetherError.of_field("filter", "Not of the organization")
