"""A scheduled call is moved, or is not to be made after all: for as long as nobody is being dialled for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from calls.models import ScheduledCall, ScheduledState
from calls.services.scheduled_calls.request_call import planned_time, tell
from calls.services.scheduled_calls.schedule import Schedule
from contacts.models import CallPurpose
from tether_calls.accounts.models import AccessRole, User
from tether_calls.accounts.roles import has_role
from tether_calls.accounts.sight import sight_of
from tether_calls.common.errors import ErrorCode, TetherError

# Who moves and cancels calls that others have planned.
CHANGING_ROLE = AccessRole.DEPARTMENT_HEAD


def _anybodys(_: ScheduledCall) -> None:
    """Default: whoever asks may change it."""


def may_change(user: User) -> Callable[[ScheduledCall], None]:
    """What refuses users who may not change a call: it is another user's.

    Raises FORBIDDEN; SCHEDULED_CALL_NOT_FOUND for who does not see it.
    """

    sight = sight_of(user)

    def check(scheduled: ScheduledCall) -> None:
        if sight is not None and not sight.includes(user_id=scheduled.user_id, number=scheduled.from_number):
            raise TetherError(ErrorCode.SCHEDULED_CALL_NOT_FOUND)
        if scheduled.user_id != user.pk and not has_role(user, CHANGING_ROLE):
            raise TetherError(ErrorCode.FORBIDDEN, "This call was planned by somebody else")

    return check


@transaction.atomic
def cancel_call(
    *, organization_id: str, scheduled_id: str, check: Callable[[ScheduledCall], None] = _anybodys
) -> ScheduledCall:
    """It is not made; one that is canceled already stays so. Two statements, and one for the event.

    Raises SCHEDULED_CALL_NOT_FOUND, what `check` raises, and SCHEDULED_CALL_BEGUN once somebody is being dialled.
    """
    scheduled = _locked(organization_id, scheduled_id, check)
    if scheduled.state != ScheduledState.CANCELED:
        _require_waiting(scheduled)
        _write(scheduled, state=ScheduledState.CANCELED, lease=None, leased_until=None)
    return scheduled


@transaction.atomic
def move_call(
    *,
    organization_id: str,
    scheduled_id: str,
    schedule: Schedule,
    check: Callable[[ScheduledCall], None] = _anybodys,
) -> ScheduledCall:
    """It is made at another time; attempts that were made count on. Three statements, and one for the event.

    The retry stays as it was. Raises SCHEDULED_CALL_NOT_FOUND, what `check` raises, SCHEDULED_CALL_BEGUN, and what
    `planned_time` raises.
    """
    scheduled = _locked(organization_id, scheduled_id, check)
    _require_waiting(scheduled)
    planned = planned_time(
        organization_id=organization_id,
        phone_number=scheduled.phone_number,
        purpose=CallPurpose(scheduled.purpose),
        agent=scheduled.agent,
        schedule=schedule,
    )
    # Whoever has it in hand at this moment finds the lease gone, and dials nobody.
    _write(scheduled, **planned, state=ScheduledState.SCHEDULED, lease=None, leased_until=None, failures=0)
    return scheduled


def _locked(organization_id: str, scheduled_id: str, check: Callable[[ScheduledCall], None]) -> ScheduledCall:
    rows = ScheduledCall.objects.of_organization(organization_id).select_related("agent")
    scheduled = rows.select_for_update(of=("self",), no_key=True).get_or_refuse(
        ErrorCode.SCHEDULED_CALL_NOT_FOUND, pk=scheduled_id
    )
    check(scheduled)
    return scheduled


def _require_waiting(scheduled: ScheduledCall) -> None:
    if scheduled.state not in ScheduledCall.WAITING:
        raise TetherError(ErrorCode.SCHEDULED_CALL_BEGUN)


def _write(scheduled: ScheduledCall, **values: Any) -> None:
    for name, value in values.items():
        setattr(scheduled, name, value)
    scheduled.save(update_fields=[*values, "updated_at"])
    tell(scheduled)
