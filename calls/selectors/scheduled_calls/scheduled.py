"""Scheduled calls, as their organization reads them."""

from __future__ import annotations

from collections.abc import Collection

from calls.models import ScheduledCall
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.sight import Sight


def scheduled_calls_page(
    *,
    organization_id: str,
    sight: Sight | None,
    states: Collection[str] = (),
    contact_id: str | None = None,
    agent_id: str | None = None,
    paging: Paging,
) -> Page[ScheduledCall]:
    """One page, newest first; what is not given filters nothing. Two statements."""
    rows = ScheduledCall.objects.of_organization(organization_id).planned_by(sight)
    if states:
        rows = rows.filter(state__in=states)
    if contact_id is not None:
        rows = rows.filter(contact_id=contact_id)
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    return page_of(rows.order_by("-id"), paging)


def scheduled_call_of(*, organization_id: str, scheduled_id: str, sight: Sight | None) -> ScheduledCall:
    """One of them. One statement. Raises SCHEDULED_CALL_NOT_FOUND."""
    rows = ScheduledCall.objects.of_organization(organization_id).planned_by(sight)
    return rows.get_or_refuse(ErrorCode.SCHEDULED_CALL_NOT_FOUND, pk=scheduled_id)
