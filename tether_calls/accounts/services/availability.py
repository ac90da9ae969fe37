"""Whether users take calls that are handed over to them."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tether_calls.accounts.models import AvailabilityChange, AvailabilityReason, User
from tether_calls.common.object_id import first_object_id_at

# What changes again within this time is one row of the log.
_TOGETHER = timedelta(minutes=1)


@transaction.atomic
def set_availability(*, user: User, is_available: bool, reason: AvailabilityReason = AvailabilityReason.USER) -> User:
    """Keep whether the user is available, and that it has changed; nothing where it has not.

    Three statements; one where nothing changes. However often it goes to and fro, the log grows by a row a minute.
    """
    users = User.objects.of_organization(user.home_id)
    locked = users.select_for_update(no_key=True).get(pk=user.pk)
    if locked.is_available == is_available:
        return locked
    now = timezone.now()
    locked.is_available, locked.availability_changed_at = is_available, now
    locked.save(update_fields=["is_available", "availability_changed_at"])
    note_availability(locked, reason=reason)
    return locked


def note_availability(user: User, *, reason: AvailabilityReason) -> None:
    """Log the availability that a user has from now on. One statement, or two."""
    now = timezone.now()
    log = AvailabilityChange.objects.of_organization(user.home_id).filter(user=user)
    lately = log.filter(pk__gt=first_object_id_at(now - _TOGETHER)).order_by("-pk")
    if lately[:1].exists():
        # wall: the row was found in the organization
        AvailabilityChange.objects.filter(pk=lately.values_list("pk", flat=True)[0]).update(
            is_available=user.is_available, reason=reason, at=now, times=F("times") + 1
        )
        return
    AvailabilityChange.objects.create(
        organization_id=user.home_id, user=user, is_available=user.is_available, reason=reason, at=now
    )
