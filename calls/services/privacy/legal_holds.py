"""Legal holds: placed, and released."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.models import Call, HoldScope, LegalHold
from calls.services.lifecycle.heed_holds import wait_for_erasers
from contacts.models import Contact
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import PRIVACY_ROLE, require_role
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import canonical
from tether_calls.common.times import has_time_everywhere

# Of one organization at a time: each is asked for in every look for what may be erased.
MAX_HOLDS = 200


@transaction.atomic
def place_hold(
    *,
    user: User,
    organization_id: str,
    scope: str,
    reason: str,
    contact_id: str | None = None,
    call_id: str | None = None,
    phone_number: str = "",
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> LegalHold:
    """Have nothing erased from now on of what the hold covers; what is being erased in this moment is waited for.

    Raises FORBIDDEN, CONTACT_NOT_FOUND, CALL_NOT_FOUND, VALIDATION_ERROR, TOO_MANY_HOLDS.
    """
    require_role(user, PRIVACY_ROLE)
    # Each counts those before it, too.
    wait_for_erasers(organization_id)
    hold = LegalHold(organization_id=organization_id, scope=scope, reason=reason, placed_by=user)
    match scope:
        case HoldScope.CONTACT:
            if contact_id is None:
                raise TetherError.of_field("contactId", "Which contact the hold is of")
            if not Contact.objects.of_organization(organization_id).filter(pk=contact_id).exists():
                raise TetherError(ErrorCode.CONTACT_NOT_FOUND)
            hold.contact_id = contact_id
        case HoldScope.CALL:
            if call_id is None:
                raise TetherError.of_field("callId", "Which call the hold is of")
            if not Call.objects.of_organization(organization_id).filter(pk=call_id).exists():
                raise TetherError(ErrorCode.CALL_NOT_FOUND)
            hold.call_id = call_id
        case HoldScope.NUMBER:
            number = canonical(phone_number)
            if number is None:
                raise TetherError.of_field("phoneNumber", "Not a telephone number in E.164, such as +14165550199")
            hold.phone_number = number
        case _:
            if begins is None or ends is None or begins >= ends:
                raise TetherError.of_field("ends", "Later than the beginning of the period")
            for name, moment in (("begins", begins), ("ends", ends)):
                if not has_time_everywhere(moment):
                    raise TetherError.of_field(name, "Is at the end of the calendar")
            hold.begins, hold.ends = begins, ends
    if LegalHold.objects.of_organization(organization_id).filter(released_at=None).count() >= MAX_HOLDS:
        raise TetherError(ErrorCode.TOO_MANY_HOLDS)
    hold.save(force_insert=True)
    return hold


def release_hold(*, user: User, organization_id: str, hold_id: str) -> LegalHold:
    """What it covered may be erased again; once more changes nothing. Raises FORBIDDEN, HOLD_NOT_FOUND."""
    require_role(user, PRIVACY_ROLE)
    holds = LegalHold.objects.of_organization(organization_id)
    hold = holds.get_or_refuse(ErrorCode.HOLD_NOT_FOUND, pk=hold_id)
    if holds.filter(pk=hold.pk, released_at=None).update(released_at=timezone.now(), released_by=user):
        hold.refresh_from_db()
    return hold
