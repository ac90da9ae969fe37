"""Which deliveries are to be processed once more; ids only, since bodies have up to 67 MB."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from calls.models import Delivery
from calls.models.delivery import DeliveryState
from calls.providers.registry import endpoints

MOST_ATTEMPTS: Final = 10
# After the first attempt; each further one waits twice as long, the last for about four hours.
FIRST_PAUSE: Final = timedelta(minutes=1)
# One that is still being processed after this long was in a process that died.
DIED_AFTER: Final = timedelta(minutes=10)

_UNDONE = (DeliveryState.FAILED, DeliveryState.WAITING)


def deliveries_matching(
    *,
    states: Collection[str] = (),
    provider: str | None = None,
    organization_id: str | None = None,
    since: datetime | None = None,
    ids: Collection[str] = (),
) -> list[str]:
    """The ids of the deliveries that all of it is true of, in order of arrival; what is not given is not asked."""
    # wall: commands of the operator, who may name an organization
    found = Delivery.objects.all()
    if ids:
        found = found.filter(pk__in=ids)
    if states:
        found = found.filter(state__in=states)
    if provider is not None:
        found = found.filter(provider=provider)
    if organization_id is not None:
        found = found.of_organization(organization_id)
    if since is not None:
        found = found.filter(received_at__gte=since)
    return list(found.order_by("id").values_list("pk", flat=True))


def deliveries_due(*, now: datetime, limit: int) -> list[str]:
    """The ids of those that failed, wait, or were left by a process that died, and whose pause is over; the oldest
    first. Questions that somebody has waited for are left out; they can be replayed by hand. One statement.
    """
    due = Q(pk__in=())
    for attempts in range(MOST_ATTEMPTS):
        pause = FIRST_PAUSE * 2 ** max(0, attempts - 1)
        due |= Q(state__in=_UNDONE, attempts=attempts, processed_at__lte=now - pause)
        due |= Q(
            state=DeliveryState.RECEIVED,
            attempts=attempts,
            received_at__lte=now - DIED_AFTER * 2 ** max(0, attempts - 1),
        )
    # wall: the job retries every organization's deliveries
    undone = Delivery.objects.filter(state__in=(*_UNDONE, DeliveryState.RECEIVED))
    return list(undone.filter(due).exclude(_asks_for_an_answer()).order_by("id").values_list("pk", flat=True)[:limit])


def _asks_for_an_answer() -> Q:
    """Asked long ago: the caller, or the agent, has heard an error since, and no telephone may ring for it now."""
    asked = Q(pk__in=())
    for endpoint in endpoints():
        if endpoint.questions:
            asked |= Q(endpoint=endpoint.path, kind__in=sorted(endpoint.questions))
    return asked
