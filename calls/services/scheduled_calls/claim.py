"""Whose hands a scheduled call is in: each is claimed by one worker, and each step asks whether it still is."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from calls.models import Call, ScheduledCall, ScheduledState
from calls.services.scheduled_calls.request_call import tell
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

# Longer than a dial takes; a worker renews it before each of those that it has claimed.
LEASE: Final = timedelta(seconds=90)


class NotOurs(TetherError):
    """It was canceled or moved, or another worker has it: nobody is to be dialled for it."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.SCHEDULED_CALL_BEGUN)


def claim(*, now: datetime, limit: int) -> list[ScheduledCall]:
    """At most `limit` calls that are due, in our hands for LEASE: of each organization as many as of every other.

    Three statements, and two more for each organization but the first.
    """
    # wall: the job dials for every organization, in turn
    due = ScheduledCall.objects.filter(
        Q(leased_until=None) | Q(leased_until__lte=now), state__in=ScheduledCall.WAITING, next_at__lte=now
    )
    turns = due.order_by().values("organization_id").annotate(first=Min("next_at")).order_by("first")
    organization_ids = list(turns.values_list("organization_id", flat=True)[:limit])
    claimed: list[ScheduledCall] = []
    for position, organization_id in enumerate(organization_ids):
        share = (limit - len(claimed)) // (len(organization_ids) - position)
        claimed += _claim_of(due.filter(organization_id=organization_id), now, share)
    return claimed


def _claim_of(due: QuerySet[ScheduledCall], now: datetime, share: int) -> list[ScheduledCall]:
    with transaction.atomic():
        rows = due.select_related("user__organization", "api_key__user__organization", "contact")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = list(rows.order_by("next_at", "pk")[:share])
        lease = new_object_id()
        for scheduled in found:
            # One that was not given back was cut off, which is a failure as well: it may be its own doing.
            scheduled.failures += scheduled.lease is not None
            scheduled.state, scheduled.lease, scheduled.leased_until = ScheduledState.DIALLING, lease, now + LEASE
        # wall: rows that are locked here, of the organization in its turn
        ScheduledCall.objects.bulk_update(found, ["state", "lease", "leased_until", "failures"])
    return found


def hold(scheduled: ScheduledCall) -> None:
    """Have it in hand for LEASE from now. One statement. Raises NotOurs."""
    _write(scheduled, leased_until=timezone.now() + LEASE)


def give_back(scheduled: ScheduledCall) -> None:
    """Untouched, for whoever comes next. One statement. Raises NotOurs."""
    _write(scheduled, state=ScheduledState.SCHEDULED, lease=None, leased_until=None)


def begun(scheduled: ScheduledCall) -> Callable[[Call], None]:
    """What notes the call, in the transaction that makes it and before anybody is dialled. Raises NotOurs."""

    def note(call: Call) -> None:
        # A copy: where the transaction is rolled back after this, the row still is in our hands.
        noted = copy(scheduled)
        _write(noted, **_over_to(call), attempts=scheduled.attempts + 1)
        tell(noted)

    return note


def follow(scheduled: ScheduledCall, call: Call) -> None:
    """Somebody has made the same call a moment ago: this one is that. Raises NotOurs."""
    with transaction.atomic():
        _write(scheduled, **_over_to(call), attempts=scheduled.attempts + 1)
        tell(scheduled)


def put_off(scheduled: ScheduledCall, *, until: datetime, code: ErrorCode, failures: int = 0) -> None:
    """Have it dialled later, and keep why; where its time is over by then it expires. Raises NotOurs."""
    if scheduled.not_after is not None and until >= scheduled.not_after:
        settle(scheduled, ScheduledState.EXPIRED, code=code)
        return
    with transaction.atomic():
        _write(
            scheduled,
            state=ScheduledState.SCHEDULED,
            lease=None,
            leased_until=None,
            moved_from=scheduled.moved_from or scheduled.next_at,
            next_at=until,
            code=str(code),
            failures=failures,
            attempts=scheduled.attempts,
        )
        tell(scheduled)


def settle(scheduled: ScheduledCall, state: ScheduledState, *, code: ErrorCode) -> None:
    """It is over without a call. Raises NotOurs."""
    with transaction.atomic():
        _write(scheduled, state=state, lease=None, leased_until=None, code=str(code), attempts=scheduled.attempts)
        tell(scheduled)


def _over_to(call: Call) -> dict[str, Any]:
    return {
        "state": ScheduledState.IN_PROGRESS,
        "last_call_id": call.pk,
        "lease": None,
        "leased_until": None,
        "failures": 0,
        "outcome": "",
    }


def _write(scheduled: ScheduledCall, **values: Any) -> None:
    values["updated_at"] = timezone.now()
    rows = ScheduledCall.objects.of_organization(scheduled.organization_id)
    if not rows.filter(pk=scheduled.pk, lease=scheduled.lease, state=ScheduledState.DIALLING).update(**values):
        raise NotOurs
    for name, value in values.items():
        setattr(scheduled, name, value)
