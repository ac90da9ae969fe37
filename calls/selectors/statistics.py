"""Totals of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from calls.models import Call


@dataclass(frozen=True)
class StatusTotal:
    """The calls of one status; `duration` in seconds, all of them together."""

    status: str
    count: int
    duration: float


def totals_by_status(
    *, organization_id: str, start_date: datetime | None, end_date: datetime | None
) -> list[StatusTotal]:
    """Count calls and add up durations by status. The period is on the start of the call, its end not included.

    One statement.
    """
    calls = Call.objects.of_organization(organization_id)
    if start_date is not None:
        calls = calls.filter(start_time__gte=start_date)
    if end_date is not None:
        calls = calls.filter(start_time__lt=end_date)
    rows = calls.order_by("status").values_list("status").annotate(Count("pk"), Sum("duration", default=0.0))
    return [StatusTotal(status, count, duration) for status, count, duration in rows]
