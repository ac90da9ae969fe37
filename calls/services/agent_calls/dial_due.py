"""The job that makes calls at their time: claimed, asked about by every rule there is, dialled once.

The call's row and the note that it was made are one transaction, before anybody is dialled. A worker that is killed
before has dialled nobody, and another one takes its place; one that is killed after has perhaps dialled, and nobody
takes its place: what has become of the call, its provider is asked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from calls.models import PhoneNumber, Prompt, RetryOn, ScheduledCall, ScheduledSource, ScheduledState
from calls.selectors.agent_calls.dialling import (
    agent_to_call,
    number_of_agent,
    number_to_call_back_from,
    number_to_call_from,
)
from calls.services.agent_calls.place_call import place_call
from calls.services.agent_calls.plan_call import Dial
from calls.services.scheduled_calls.askers import asker_of
from calls.services.scheduled_calls.claim import (
    NotOurs,
    begun,
    claim,
    follow,
    give_back,
    hold,
    put_off,
    settle,
)
from calls.services.scheduled_calls.settle import next_attempt, settle_ended_calls
from contacts.models import CallPurpose, Contact, DialPath
from contacts.services.may_call import CallRefused
from tether_calls.accounts.models import User
from tether_calls.background.jobs import stopping
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import is_same_number

logger = logging.getLogger(__name__)

# A run takes nothing more into hand after this long; the next one goes on.
RUN_SECONDS = 20.0
# Claimed together: one organization's many must not keep another's few waiting.
AT_ONCE: Final = 8
# What is in the way for a moment, where nothing says for how long.
A_MOMENT: Final = timedelta(seconds=30)
_PATHS: Final = {
    ScheduledSource.USER: DialPath.SCHEDULED,
    ScheduledSource.PARTNER: DialPath.SCHEDULED,
    ScheduledSource.AGENT: DialPath.CALL_BACK,
    ScheduledSource.REMINDER: DialPath.REMINDER,
}
# Failures of our own in a row, after which a call is given up.
MOST_FAILURES: Final = 5


def dial_scheduled_calls() -> None:
    """The job: what has ended is settled, what is due is dialled."""
    settle_ended_calls()
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and not stopping.is_set():
        claimed = claim(now=timezone.now(), limit=AT_ONCE)
        if not claimed:
            return
        for scheduled in claimed:
            _take_turn(scheduled)


def _take_turn(scheduled: ScheduledCall) -> None:
    try:
        if stopping.is_set():
            give_back(scheduled)
            return
        hold(scheduled)
        _dial(scheduled)
    except NotOurs:
        logger.info("The scheduled call %s is not to be made by this worker any more", scheduled.pk)


def _dial(scheduled: ScheduledCall) -> None:
    now = timezone.now()
    if scheduled.not_after is not None and now >= scheduled.not_after:
        settle(scheduled, ScheduledState.EXPIRED, code=_why_late(scheduled))
    elif scheduled.failures >= MOST_FAILURES:
        settle(scheduled, ScheduledState.FAILED, code=ErrorCode.INTERNAL_ERROR)
    else:
        try:
            dial, admit = _dial_of(scheduled)
            placed = place_call(dial=dial, admit=admit, begun=begun(scheduled))
        except NotOurs:
            raise
        except TetherError as error:
            _REFUSED.get(error.code, _never)(scheduled, error, now)
        except Exception:
            logger.exception("The scheduled call %s could not be dialled", scheduled.pk)
            put_off(
                scheduled,
                until=now + A_MOMENT,
                code=ErrorCode.INTERNAL_ERROR,
                failures=scheduled.failures + 1,
            )
        else:
            if placed.deduplicated:
                follow(scheduled, placed.call)


def _why_late(scheduled: ScheduledCall) -> ErrorCode:
    """What had moved it to where its time is over; where nothing had, nobody came to dial it."""
    return ErrorCode(scheduled.code) if scheduled.code else ErrorCode.SCHEDULE_EXPIRED


def _dial_of(scheduled: ScheduledCall) -> tuple[Dial, Callable[[], object]]:
    """Who is called now and from where, and what counts the dial. Two statements.

    Raises FORBIDDEN, API_KEY_ENDED, and what a call at once is refused with: AGENT_NOT_FOUND, NO_VOICE_AGENT,
    AGENT_NOT_SYNCED, NO_AI_NUMBER, NUMBER_NOT_ON_TRUNK, NO_PHONE_NUMBER.
    """
    user, admit = asker_of(scheduled)
    if scheduled.agent_id is None:
        raise TetherError(ErrorCode.AGENT_NOT_FOUND, "The agent was deleted")
    agent = agent_to_call(organization_id=scheduled.organization_id, agent_id=scheduled.agent_id)
    dial = Dial(
        user=user,
        contact=_contact(scheduled),
        phone_number=scheduled.phone_number,
        agent=agent,
        number=_number(scheduled, agent, user),
        whom="phoneNumber",
        call_reason=scheduled.call_reason,
        variables=scheduled.variables,
        scheduled_call_id=scheduled.pk,
        path=_PATHS[ScheduledSource(scheduled.source)],
        api_key_id=scheduled.api_key_id,
        purpose=CallPurpose(scheduled.purpose),
    )
    return dial, admit


def _contact(scheduled: ScheduledCall) -> Contact | None:
    """Whom it was planned for; None where that is somebody with another number by now."""
    contact = scheduled.contact
    return contact if contact is not None and is_same_number(contact.phone_number, scheduled.phone_number) else None


def _number(scheduled: ScheduledCall, agent: Prompt, user: User) -> PhoneNumber:
    if scheduled.source == ScheduledSource.PARTNER:
        return number_of_agent(agent)
    if scheduled.source == ScheduledSource.AGENT:
        return number_to_call_back_from(agent, scheduled.from_number)
    return number_to_call_from(
        organization_id=scheduled.organization_id, user_id=user.pk, phone_number=scheduled.from_number or None
    )


# ---- What a dial is refused with, and what becomes of the plan ---------------------------------------------------


def _never(scheduled: ScheduledCall, error: TetherError, now: datetime) -> None:
    settle(scheduled, ScheduledState.FAILED, code=error.code)


def _when_permitted(scheduled: ScheduledCall, error: TetherError, now: datetime) -> None:
    """At the next minute that hours and limits permit, where there is one."""
    permitted = error.next_allowed_at if isinstance(error, CallRefused) else None
    if permitted is None:
        _never(scheduled, error, now)
    else:
        put_off(scheduled, until=permitted, code=error.code)


def _later(scheduled: ScheduledCall, error: TetherError, now: datetime) -> None:
    wait = A_MOMENT if error.retry_after is None else timedelta(seconds=error.retry_after)
    put_off(scheduled, until=now + wait, code=error.code)


def _not_started(scheduled: ScheduledCall, error: TetherError, now: datetime) -> None:
    """An attempt that certainly rang nowhere; one that left a call is not ours any more, and is settled by that."""
    hold(scheduled)
    scheduled.attempts += 1
    again_at = next_attempt(scheduled, RetryOn.FAILED_TO_START, now)
    if again_at is None:
        settle(scheduled, ScheduledState.FAILED, code=error.code)
    else:
        put_off(scheduled, until=again_at, code=error.code)


def _left_to_its_call(scheduled: ScheduledCall, error: TetherError, now: datetime) -> None:
    """The call may have been placed: it is never made again, and settled when its provider tells of it."""


_REFUSED: Final[dict[ErrorCode, Callable[[ScheduledCall, TetherError, datetime], None]]] = {
    ErrorCode.OUTSIDE_CALLING_HOURS: _when_permitted,
    ErrorCode.TOO_MANY_ATTEMPTS: _when_permitted,
    ErrorCode.DIAL_LIMIT_REACHED: _later,
    ErrorCode.TOO_MANY_REQUESTS: _later,
    ErrorCode.OUTBOUND_IN_FLIGHT: _later,
    ErrorCode.LIMIT_UNAVAILABLE: _later,
    ErrorCode.LOCK_UNAVAILABLE: _later,
    ErrorCode.INSUFFICIENT_FUNDS: _not_started,
    ErrorCode.PROVIDER_ERROR: _not_started,
    ErrorCode.PROVIDER_UNKNOWN: _left_to_its_call,
}
