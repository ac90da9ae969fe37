"""What the calls that were made have come to: whether they are made again is decided by how they ended, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from calls.models import Call, CallStatus, RetryOn, ScheduledCall, ScheduledState
from calls.outcomes import AnsweredBy, EndReason
from calls.services.lifecycle.change_status import TERMINAL
from calls.services.scheduled_calls.request_call import tell
from tether_calls.background.jobs import stopping
from tether_calls.common.errors import ErrorCode

_AT_ONCE: Final = 100

# What a call has come to, by why it ended; what is not here is no reason to make it again.
_COME_TO: Final[Mapping[str, RetryOn]] = {
    EndReason.NO_ANSWER: RetryOn.NO_ANSWER,
    EndReason.BUSY: RetryOn.BUSY,
    EndReason.VOICEMAIL_LEFT: RetryOn.MACHINE,
    EndReason.MACHINE_HANGUP: RetryOn.MACHINE,
    EndReason.PROVIDER_ERROR: RetryOn.FAILED_TO_START,
    EndReason.CARRIER_ERROR: RetryOn.FAILED_TO_START,
}
# It was given up before its provider was asked to dial.
_NOT_BEGUN: Final = "lock_ended"
# Nobody knows whether there was a call: it was given up to ask its provider. The person may have been rung.
_UNKNOWN: Final = frozenset({"unknown_at_provider", "unheard_of", "no_credentials", "recorded_as_another_call"})


def settle_ended_calls() -> None:
    """Those whose call has ended, or was deleted: over, or to be made again."""
    while _settle_some(timezone.now()) == _AT_ONCE and not stopping.is_set():
        pass


@transaction.atomic
def _settle_some(now: datetime) -> int:
    # wall: the calls of the rows below, each its own organization's
    made = Call.objects.filter(pk=OuterRef("last_call_id"))
    # wall: the job goes through every organization's
    rows = ScheduledCall.objects.filter(state=ScheduledState.IN_PROGRESS)
    rows = rows.filter(Exists(made.filter(status__in=TERMINAL)) | ~Exists(made)).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    found = list(rows[:_AT_ONCE])
    # wall: by the ids in the rows in hand
    calls = Call.objects.defer("ai_transcript").in_bulk([str(each.last_call_id) for each in found])
    for scheduled in found:
        _settle(scheduled, calls.get(str(scheduled.last_call_id)), now)
    return len(found)


def _settle(scheduled: ScheduledCall, call: Call | None, now: datetime) -> None:
    values: dict[str, Any] = {"outcome": "" if call is None else call.end_reason}
    again_at = next_attempt(scheduled, None if call is None else what_it_came_to(call), now)
    if again_at is None:
        is_completed = call is None or call.status == CallStatus.COMPLETED
        values["state"] = ScheduledState.COMPLETED if is_completed else ScheduledState.FAILED
    elif scheduled.not_after is not None and again_at >= scheduled.not_after:
        values |= {"state": ScheduledState.EXPIRED, "code": str(ErrorCode.SCHEDULE_EXPIRED)}
    else:
        values |= {"state": ScheduledState.SCHEDULED, "next_at": again_at, "moved_from": None, "code": ""}
    for name, value in values.items():
        setattr(scheduled, name, value)
    scheduled.save(update_fields=[*values, "updated_at"])
    tell(scheduled)


def next_attempt(scheduled: ScheduledCall, came_to: RetryOn | None, now: datetime) -> datetime | None:
    """When it is made again; None: it is not."""
    if came_to is None or came_to not in scheduled.retry_on or scheduled.attempts >= scheduled.max_attempts:
        return None
    delays = scheduled.delays_minutes
    minutes = delays[min(scheduled.attempts, len(delays)) - 1]
    return now + timedelta(minutes=minutes)


def what_it_came_to(call: Call) -> RetryOn | None:
    """Of an ended call, what it may be made again for; None: it took place, or nobody knows."""
    reason = call.provider_metadata.get("failureReason")
    if reason in _UNKNOWN:
        return None
    if reason == _NOT_BEGUN:
        return RetryOn.FAILED_TO_START
    if call.answered_by == AnsweredBy.MACHINE:
        return RetryOn.MACHINE
    came_to = _COME_TO.get(call.end_reason)
    if came_to == RetryOn.FAILED_TO_START and call.status == CallStatus.COMPLETED:
        # It broke off in the middle.
        return None
    return came_to
