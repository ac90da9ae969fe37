"""Asking for a scheduled call: the row, with what is known to be in the way today already refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.events import scheduled_call_updated
from calls.models import Prompt, ScheduledCall, ScheduledSource
from calls.services.scheduled_calls.schedule import LATE, Schedule
from contacts.models import CallPurpose, ConsentSource, Contact, DialPath, Reminder
from contacts.services import find_or_create_dialled
from contacts.services.consents import Given, add_consent
from contacts.services.may_call import Asking, CallRefused, check_may_be_planned
from tether_calls.accounts.models import ApiKey, User
from tether_calls.accounts.services.turns import take_turns
from tether_calls.background.wake import wake
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.statements import after_commit
from tether_calls.realtime.events import publish

JOB = "dial_scheduled_calls"


def _nothing(*_: ScheduledCall) -> None:
    """Default callback: does nothing."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom an agent is to call, and for whom. `from_number` empty: chosen when it is dialled."""

    source: ScheduledSource
    user: User
    agent: Prompt
    phone_number: str
    contact: Contact | None = None
    api_key: ApiKey | None = None
    from_number: str = ""
    call_reason: str = ""
    purpose: CallPurpose = CallPurpose.MARKETING
    # That the person may be called, as whoever asks tells it.
    consent: Given | None = None
    variables: Mapping[str, Any] | None = None
    asking_call_id: str | None = None
    reminder: Reminder | None = None


def add_scheduled_call(
    *, wanted: Wanted, schedule: Schedule, made: Callable[[ScheduledCall], object] = _nothing
) -> ScheduledCall:
    """Keep the call for its time, or for the first minute from then on that the calling hours permit.

    Nothing is held of the wallet. Raises CallRefused, OUTSIDE_CALLING_HOURS where the hours permit no minute of its
    window among it; TOO_MANY_SCHEDULED_CALLS, CONTACT_NOT_FOUND where contact or agent go meanwhile.
    """
    organization_id = wanted.user.home_id
    if wanted.consent is not None:
        add_consent(
            organization_id=organization_id,
            phone_number=wanted.phone_number,
            purpose=wanted.purpose,
            given=wanted.consent,
            source=ConsentSource.DIAL,
            sight=None,
            added_by_id=wanted.user.pk,
        )
    planned = planned_time(
        organization_id=organization_id,
        phone_number=wanted.phone_number,
        purpose=wanted.purpose,
        agent=wanted.agent,
        schedule=schedule,
    )
    try:
        with transaction.atomic():
            _check_room(organization_id)
            contact = wanted.contact or find_or_create_dialled(
                organization_id=organization_id, user_id=wanted.user.pk, phone_number=wanted.phone_number
            )
            scheduled = ScheduledCall(
                organization_id=organization_id,
                source=wanted.source,
                user=wanted.user,
                api_key=wanted.api_key,
                agent=wanted.agent,
                contact=contact,
                phone_number=wanted.phone_number,
                from_number=wanted.from_number,
                call_reason=wanted.call_reason,
                purpose=wanted.purpose,
                variables=wanted.variables,
                asking_call_id=wanted.asking_call_id,
                reminder=wanted.reminder,
                max_attempts=schedule.retry.max_attempts,
                delays_minutes=list(schedule.retry.delays_minutes),
                retry_on=list(schedule.retry.on),
                **planned,
            )
            scheduled.save(force_insert=True)
            made(scheduled)
            tell(scheduled)
    except IntegrityError as error:
        raise TetherError(ErrorCode.CONTACT_NOT_FOUND, "The contact or the agent was deleted") from error
    return scheduled


def planned_time(
    *, organization_id: str, phone_number: str, purpose: CallPurpose, agent: Prompt | None, schedule: Schedule
) -> dict[str, Any]:
    """The columns of a schedule: when it is dialled first, and, where the calling hours moved that, from when.

    One statement. Raises CallRefused.
    """
    begins = max(schedule.not_before, timezone.now() - LATE)
    asking = Asking(
        organization_id=organization_id,
        phone_number=phone_number,
        path=DialPath.SCHEDULED,
        at=timezone.now(),
        purpose=purpose,
        is_disclosed=None if agent is None else agent.is_disclosed,
    )
    next_at = check_may_be_planned(asking, begins=begins)
    if schedule.not_after is not None and next_at >= schedule.not_after:
        raise CallRefused(
            ErrorCode.OUTSIDE_CALLING_HOURS, "The calling hours permit no minute of the time that was asked for"
        )
    is_moved = next_at > begins
    return {
        "not_before": begins,
        "not_after": schedule.not_after,
        "time_zone": schedule.time_zone,
        "next_at": next_at,
        "moved_from": begins if is_moved else None,
        "code": str(ErrorCode.OUTSIDE_CALLING_HOURS) if is_moved else "",
    }


def tell(scheduled: ScheduledCall) -> None:
    """Let clients know of its new state, and have what is due dialled. In the transaction that changes it."""
    publish(
        organization_id=scheduled.organization_id,
        call_id=scheduled.last_call_id,
        events=[scheduled_call_updated(scheduled)],
    )
    if scheduled.state == "scheduled" and is_due(scheduled, timezone.now()):
        after_commit(partial(wake, JOB))


def is_due(scheduled: ScheduledCall, now: datetime) -> bool:
    return scheduled.next_at <= now


def _check_room(organization_id: str) -> None:
    """One after the other, so that each counts those before it. Raises TOO_MANY_SCHEDULED_CALLS."""
    take_turns(organization_id)
    waiting = ScheduledCall.objects.of_organization(organization_id).filter(state__in=ScheduledCall.WAITING)
    if waiting.count() >= settings.TETHER_SCHEDULED_CALLS_MAX:
        raise TetherError(ErrorCode.TOO_MANY_SCHEDULED_CALLS)
