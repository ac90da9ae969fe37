"""In whose hands a redaction of old calls is: each step asks whether it still is ours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from calls.events import redaction_changed
from calls.models import RedactionRun, RedactionState
from tether_calls.common.errors import ErrorCode
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.events import publish

# Longer than a slice takes.
LEASE: Final = timedelta(seconds=180)
# After so many seconds a turn that failed is taken again; after the last one the run has failed.
PAUSES: Final = (10, 60, 300, 900, 3_600)


class NotOurs(Exception):
    """It was canceled, or the lease is over and another worker has it."""


def claim() -> RedactionRun | None:
    """The run that has waited longest for its turn, in our hands for LEASE. Two statements."""
    now = timezone.now()
    # wall: the job does the runs of every organization, in turn
    due = RedactionRun.objects.filter(
        Q(leased_until=None) | Q(leased_until__lte=now),
        state__in=RedactionRun.UNFINISHED,
        next_turn_at__lte=now,
    ).order_by("next_turn_at", "pk")
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        run = due.first()
        if run is None:
            return None
        # One that was not given back was cut off, which is a failure as well: it may be its own doing.
        run.failures += run.lease is not None
        run.lease, run.state = new_object_id(), RedactionState.RUNNING
        rows_of(run).update(state=run.state, lease=run.lease, leased_until=now + LEASE, failures=run.failures)
    return run


def keep(run: RedactionRun, **values: Any) -> None:
    """Hold it for LEASE from now, and write what is given. One statement. Raises NotOurs."""
    _write(run, leased_until=timezone.now() + LEASE, **values)


def lock(run: RedactionRun) -> None:
    """Nobody cancels it until the transaction ends. One statement. Raises NotOurs."""
    if not _ours(run).select_for_update(no_key=True, of=("self",)).exists():
        raise NotOurs


def give_back(run: RedactionRun) -> None:
    """It goes on when the others have had their turns. Raises NotOurs."""
    _write(run, lease=None, leased_until=None, next_turn_at=timezone.now())


def try_later(run: RedactionRun) -> None:
    """Have it taken again after a pause; after too many failures it has failed. Raises NotOurs."""
    if run.failures >= len(PAUSES):
        finish(run, RedactionState.FAILED, error=str(ErrorCode.INTERNAL_ERROR))
        return
    later = timezone.now() + timedelta(seconds=PAUSES[run.failures])
    _write(run, lease=None, leased_until=None, next_turn_at=later, failures=run.failures + 1)


@transaction.atomic
def finish(run: RedactionRun, state: RedactionState, *, error: str = "") -> None:
    """It is over, and clients hear of it. Raises NotOurs."""
    _write(run, state=state, finished_at=timezone.now(), error=error, lease=None, leased_until=None)
    publish(organization_id=run.organization_id, call_id=None, events=[redaction_changed(run)])


def rows_of(run: RedactionRun) -> QuerySet[RedactionRun]:
    return RedactionRun.objects.of_organization(run.organization_id).filter(pk=run.pk)


def _ours(run: RedactionRun) -> QuerySet[RedactionRun]:
    return rows_of(run).filter(lease=run.lease, state=RedactionState.RUNNING)


def _write(run: RedactionRun, **values: Any) -> None:
    if not _ours(run).update(**values):
        raise NotOurs
    for name, value in values.items():
        setattr(run, name, value)
