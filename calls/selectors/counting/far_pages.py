"""Pages far from the beginning: the counts know what comes before one, unread."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from calls.models import Call
from calls.selectors.counting.sources import Question, Time
from calls.selectors.counting.tally import tally
from tether_calls.common.days import begin_of_day

# Fewer calls than this are skipped sooner than it is found out on which day a page begins.
_NEAR = 1_000


def page_of_calls(
    calls: QuerySet[Call, Any],
    *,
    organization_id: str,
    asked: Question | None,
    offset: int,
    limit: int,
    start: str = "start_time",
) -> QuerySet[Call, Any]:
    """So many of the organization's calls after the first `offset`, newest first; `asked`: as the counts know them.

    `start` is the column that tells when they began.

    One statement for a far page, and the caller's own.
    """
    newest = calls.order_by(f"-{start}", "-id")
    if asked is not None and offset >= _NEAR:
        end, offset = _nearer(asked, offset)
        newest = newest if end is None else newest.filter(start_time__lt=end)
    if not offset:
        return newest[:limit]
    # What is skipped is read from the index alone.
    chosen = newest.values("pk")[offset : offset + limit]
    return Call.objects.of_organization(organization_id).filter(pk__in=chosen).order_by("-start_time", "-id")


def _nearer(asked: Question, offset: int) -> tuple[datetime | None, int]:
    """The same place in the list, told by the end of its day; None: it is within the newest day."""
    of_days = sorted(((key[-1], numbers.calls) for key, numbers in tally(replace(asked, time=Time.DAY)).items()))
    end = None
    while of_days and of_days[-1][1] <= offset:
        day, calls = of_days.pop()
        end, offset = begin_of_day(day, asked.zone), offset - calls
    return end, offset
