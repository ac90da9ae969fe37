"""Reads of dials that were asked for: what was decided of them, and when a number was dialled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery

from contacts.models import DialDecision
from tether_calls.common.phone import spellings


@dataclass(frozen=True)
class Attempt:
    """A dial that was allowed: when, which of its number, and for which call."""

    at: datetime
    number: int
    call_id: str | None


def newest_attempts(*, organization_id: str, phone_number: str, most: int) -> list[Attempt]:
    """The newest dials of a number (E.164), by whichever way; `number` is the number's last. One statement."""
    dialled = DialDecision.objects.of_organization(organization_id).filter(
        phone_number__in=spellings(phone_number), is_allowed=True
    )
    last = dialled.exclude(attempt=None).order_by("-attempt").values("attempt")[:1]
    rows = dialled.order_by("-at", "-pk").annotate(last=Subquery(last)).values_list("at", "last", "call_id")[:most]
    return [Attempt(at, last or 0, call_id) for at, last, call_id in rows]


def decision_of_call(*, organization_id: str, call_id: str) -> DialDecision | None:
    """What was decided of a call. One statement."""
    return DialDecision.objects.of_organization(organization_id).filter(call_id=call_id).first()


def decisions_page(
    *,
    organization_id: str,
    phone_number: str | None = None,
    call_id: str | None = None,
    is_allowed: bool | None = None,
    limit: int,
    before: str | None = None,
) -> tuple[list[DialDecision], bool]:
    """Decisions that are older than `before`, the newest first, and whether there are more. One statement."""
    decisions = DialDecision.objects.of_organization(organization_id)
    if phone_number is not None:
        decisions = decisions.filter(phone_number__in=spellings(phone_number))
    if call_id is not None:
        decisions = decisions.filter(call_id=call_id)
    if is_allowed is not None:
        decisions = decisions.filter(is_allowed=is_allowed)
    if before is not None:
        decisions = decisions.filter(pk__lt=before)
    rows = list(decisions.order_by("-pk")[: limit + 1])
    return rows[:limit], len(rows) > limit
