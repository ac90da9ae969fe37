"""Totals of a period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from zoneinfo import ZoneInfo

from calls.selectors.counting.sources import Question
from calls.selectors.counting.tally import tally, tally_calls
from calls.selectors.history import HistoryFilter, matching, question_of


@dataclass(frozen=True)
class StatusTotal:
    """The calls of one status; `duration` in seconds, all of them together."""

    status: str
    count: int
    duration: float


def totals_by_status(
    *,
    organization_id: str,
    zone: ZoneInfo,
    wanted: HistoryFilter,
) -> list[StatusTotal]:
    """Count calls and add up durations by status. The period is on the start of the call, its end not included.

    `zone` is the organization's. One statement, as of `tally`; for `q` as of `matching`.
    """
    by_status = Question(organization_id=organization_id, zone=zone, dimensions=("status",))
    asked = question_of(organization_id, zone, wanted)
    found = (
        tally_calls(by_status, matching(organization_id, wanted))
        if asked is None
        else tally(replace(asked, dimensions=by_status.dimensions))
    )
    return [
        StatusTotal(status, numbers.calls, numbers.microseconds / 1_000_000)
        for (status,), numbers in sorted(found.items(), key=itemgetter(0))
    ]
