"""The job that adds up what the triggers have written, and makes anew what is stale."""

from __future__ import annotations

from collections import defaultdict

from django.db import transaction
from django.db.models import Exists, OuterRef

from calls.models import CallDelta, StaleRollup
from calls.models.rollup import DIMENSIONS
from calls.services.counting.add_up import Change, add_up, take_turns
from calls.services.counting.rebuild import rebuild_step
from tether_calls.accounts.models import Organization
from tether_calls.background.jobs import stopping

# Changes added up in one transaction.
BATCH = 5_000


def count_calls() -> None:
    """The job. What it adds up is only where numbers are read from: they are the same before and after."""
    # wall: the job counts for every organization
    for organization_id in list(StaleRollup.objects.values_list("pk", flat=True)):
        while not stopping.is_set() and rebuild_step(organization_id=organization_id) is not None:
            pass
    while not stopping.is_set() and fold_batch() == BATCH:
        pass


@transaction.atomic
def fold_batch() -> int:
    """Add up the oldest changes, and return how many; those of stale organizations wait."""
    take_turns()
    # wall: the job counts for every organization
    changes = CallDelta.objects.exclude(Exists(StaleRollup.objects.filter(pk=OuterRef("organization_id"))))
    rows = list(
        changes.order_by("pk").values_list(
            "pk", "organization_id", "start_time", "calls", "microseconds", "cost", *DIMENSIONS
        )[:BATCH]
    )
    by_organization: dict[str, list[Change]] = defaultdict(list)
    for _, organization_id, start_time, calls, microseconds, cost, *dimensions in rows:
        by_organization[organization_id].append(Change(start_time, tuple(dimensions), calls, microseconds, cost))
    organizations = Organization.objects.in_bulk(list(by_organization))
    for organization_id, of_it in by_organization.items():
        if organization_id in organizations:
            add_up(organization_id=organization_id, zone=organizations[organization_id].zone, changes=of_it)
    # wall: these very rows
    CallDelta.objects.filter(pk__in=[row[0] for row in rows]).delete()
    return len(rows)
