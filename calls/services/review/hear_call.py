"""That somebody has listened to a call."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from calls.models import Call, CallHearing
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import works_for
from tether_calls.common.errors import ErrorCode, TetherError


@transaction.atomic
def hear_call(*, user: User, organization_id: str, call_id: str) -> None:
    """Note that the user has listened to it, now. Two statements. Raises CALL_NOT_FOUND."""
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    # Held, so that it is not deleted before the commit.
    calls = Call.objects.of_organization(organization_id).only("pk").select_for_update(no_key=True)
    call = calls.get_or_refuse(ErrorCode.CALL_NOT_FOUND, pk=call_id)
    now = timezone.now()
    # wall: of the call, which is the organization's
    CallHearing.objects.bulk_create(
        [CallHearing(call=call, user=user, first_at=now, last_at=now)],
        update_conflicts=True,
        unique_fields=["call", "user"],
        update_fields=["last_at"],
    )
