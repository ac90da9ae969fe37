"""When a call is to be made, as frontends and partners ask for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec

from calls.models import RetryOn
from calls.models.scheduled_call import MOST_ATTEMPTS
from calls.services.scheduled_calls.schedule import (
    LONGEST_DELAY,
    MOST_DELAYS,
    USUAL_DELAY,
    USUAL_REASONS,
    AskedTimes,
    Retry,
    Schedule,
)
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail
from tether_calls.common.fields import text
from tether_calls.common.wire import UNSET, UnsetType, or_none

_BEGINS = "ISO 8601, not in the past; without an offset by the clock of the time zone that goes with it."
_ENDS = "Nobody is dialled any more from then on; else it is tried however late."
_ZONE = "IANA, such as America/Toronto, for times without an offset."
_PARTNER_NAMES = ("not_before", "not_after", "time_zone")

if TYPE_CHECKING:
    _Reason: TypeAlias = str
else:
    _Reason = Literal[tuple(RetryOn.values)]

MaxAttempts = Annotated[int, msgspec.Meta(ge=1, le=MOST_ATTEMPTS, description="Calls in all.")]
Delays = Annotated[
    list[Annotated[int, msgspec.Meta(ge=1, le=LONGEST_DELAY)]],
    msgspec.Meta(
        min_length=1,
        max_length=MOST_DELAYS,
        description=f"Before the second call, the third, and so on; the last one for all others. Else {USUAL_DELAY}.",
    ),
]
Reasons = Annotated[
    list[_Reason],
    msgspec.Meta(
        min_length=1,
        max_length=len(RetryOn.values),
        description=f"What it is made again for; else {' and '.join(USUAL_REASONS)}.",
    ),
]
Moment = Annotated[str, text(max_length=64, description=_BEGINS)]
Until = Annotated[str, text(max_length=64, description=_ENDS)]
Zone = Annotated[str, text(max_length=64, description=_ZONE)]


class CallRetry(Body):
    """How often a call is made at most, after how many minutes again, and what for."""

    example: ClassVar[dict[str, Any]] = {"maxAttempts": 3, "delaysMinutes": [10, 60], "on": ["no_answer", "busy"]}

    max_attempts: MaxAttempts
    delays_minutes: Delays = msgspec.field(default_factory=lambda: [USUAL_DELAY])
    on: Reasons = msgspec.field(default_factory=lambda: list(USUAL_REASONS))


class ScheduledCallMoveRequest(Body):
    """Another time for a call; how often it is made at most stays as it was."""

    example: ClassVar[dict[str, Any]] = {"notBefore": "2030-12-02T16:30:00-05:00"}

    not_before: Moment
    not_after: Until | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        return self._times.faults()

    @property
    def schedule(self) -> Schedule:
        return _schedule(self._times, None)

    @property
    def _times(self) -> AskedTimes:
        return AskedTimes(
            not_before=self.not_before, not_after=or_none(self.not_after), time_zone=or_none(self.time_zone)
        )


class CallSchedule(ScheduledCallMoveRequest):
    """From when a call may be made, until when, and whether it is made again."""

    example: ClassVar[dict[str, Any]] = {
        "notBefore": "2030-12-02T15:00:00",
        "notAfter": "2030-12-02T18:00:00",
        "timeZone": "America/Toronto",
        "retry": CallRetry.example,
    }

    retry: CallRetry | UnsetType = UNSET

    @property
    def schedule(self) -> Schedule:
        return _schedule(self._times, or_none(self.retry))


class PartnerCallRetry(Body, rename=None):
    """How often a call is made at most, after how many minutes again, and what for."""

    example: ClassVar[dict[str, Any]] = {"max_attempts": 3, "delays_minutes": [10, 60], "on": ["no_answer", "busy"]}

    max_attempts: MaxAttempts
    delays_minutes: Delays = msgspec.field(default_factory=lambda: [USUAL_DELAY])
    on: Reasons = msgspec.field(default_factory=lambda: list(USUAL_REASONS))


class PartnerScheduledCallMoveRequest(Body, rename=None):
    """Another time for a call; how often it is made at most stays as it was."""

    example: ClassVar[dict[str, Any]] = {"not_before": "2030-12-02T16:30:00-05:00"}

    not_before: Moment
    not_after: Until | None = None
    time_zone: Zone | None = None

    def faults(self) -> Iterable[Detail]:
        return self._times.faults()

    @property
    def schedule(self) -> Schedule:
        return _schedule(self._times, None)

    @property
    def _times(self) -> AskedTimes:
        return AskedTimes(
            not_before=self.not_before, not_after=self.not_after, time_zone=self.time_zone, names=_PARTNER_NAMES
        )


class PartnerCallSchedule(PartnerScheduledCallMoveRequest):
    """From when a call may be made, until when, and whether it is made again."""

    example: ClassVar[dict[str, Any]] = {
        "not_before": "2030-12-02T15:00:00",
        "not_after": "2030-12-02T18:00:00",
        "time_zone": "America/Toronto",
        "retry": PartnerCallRetry.example,
    }

    retry: PartnerCallRetry | None = None

    @property
    def schedule(self) -> Schedule:
        return _schedule(self._times, self.retry)


def _schedule(times: AskedTimes, retry: CallRetry | PartnerCallRetry | None) -> Schedule:
    return Schedule(
        not_before=times.read_not_before(),
        not_after=times.read_not_after(),
        time_zone=times.time_zone or "",
        retry=Retry()
        if retry is None
        else Retry(
            max_attempts=retry.max_attempts,
            delays_minutes=retry.delays_minutes,
            on=list(dict.fromkeys(retry.on)),
        ),
    )
