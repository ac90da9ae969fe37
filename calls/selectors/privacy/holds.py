"""What legal holds keep from being erased."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from calls.models import Call, CallDirection, HoldScope, LegalHold


def placed_holds(organization_id: str) -> QuerySet[LegalHold]:
    return LegalHold.objects.of_organization(organization_id).filter(released_at=None)


def held(holds: Sequence[LegalHold]) -> Q:
    """The calls that some holds cover."""
    covered = Q(pk__in=[])
    for hold in holds:
        match hold.scope:
            case HoldScope.CONTACT:
                covered |= Q(contact_id=hold.contact_id)
            case HoldScope.NUMBER:
                covered |= Q(direction=CallDirection.INBOUND, from_number=hold.phone_number)
                covered |= Q(direction=CallDirection.OUTBOUND, to_number=hold.phone_number)
            case HoldScope.CALL:
                covered |= Q(pk=hold.call_id)
            case _:
                covered |= Q(start_time__gte=hold.begins, start_time__lt=hold.ends)
    return covered


def is_held(*, organization_id: str, call_id: str) -> bool:
    """Whether a call may not be erased. Two statements, one where no hold is placed."""
    holds = list(placed_holds(organization_id))
    return bool(holds) and Call.objects.of_organization(organization_id).filter(held(holds), pk=call_id).exists()
