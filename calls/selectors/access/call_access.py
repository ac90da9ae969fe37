"""Who has heard and read a call."""

from __future__ import annotations

from calls.models import Call
from tether_calls.common.errors import ErrorCode
from tether_calls.trails.models import AccessEntry
from tether_calls.trails.selectors.trail import TrailFilter, TrailPage, trail_page


def accesses_of_call(
    *, organization_id: str, call_id: str, limit: int, before: str | None = None
) -> TrailPage[AccessEntry]:
    """One page, newest first, also of a call that has gone. One statement, two where there is nothing.

    Raises CALL_NOT_FOUND.
    """
    wanted = TrailFilter(columns=(("call_id", call_id),))
    page = trail_page(AccessEntry, organization_id=organization_id, wanted=wanted, limit=limit, before=before)
    if not page.rows:
        calls = Call.objects.of_organization(organization_id).only("pk")
        calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    return page
