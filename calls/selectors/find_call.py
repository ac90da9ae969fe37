"""Finds the call that a browser speaks of, by whichever name it knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from calls.models import Call, CallDirection, CallStatus
from calls.providers.registry import carriers
from tether_calls.common.object_id import is_object_id

# How long a call may have been ringing to be found by its caller's number alone.
RINGING_AT_MOST = timedelta(minutes=5)
UNANSWERED = (CallStatus.INITIATED, CallStatus.RINGING)


@dataclass(frozen=True, kw_only=True)
class CallNames:
    """What a browser may know of a call; the first one that leads to a call counts."""

    call_id: str | None = None
    # The carrier's id.
    provider_call_id: str | None = None
    caller_number: str | None = None


def announced_call(*, organization_id: str, user_id: str, caller_number: str) -> Call | None:
    """The call from this number that a provider reports as ringing for the user. One statement."""
    ringing = Call.objects.of_organization(organization_id).filter(
        Q(user_id=user_id) | Q(user_id=None),
        direction=CallDirection.INBOUND,
        provider_call_id__isnull=False,
        from_number=caller_number,
        status__in=UNANSWERED,
        created_at__gte=timezone.now() - RINGING_AT_MOST,
    )
    return ringing.order_by("-id").first()


def find_call(*, organization_id: str, names: CallNames) -> str | None:
    """The id of the organization's call: by our id, its carrier's, or the newest that rings from the caller's number.

    A statement for each name that has to be tried.
    """
    calls = Call.objects.of_organization(organization_id).order_by().values_list("pk", flat=True)
    found = None
    if names.call_id is not None and is_object_id(names.call_id):
        found = calls.filter(pk=names.call_id).first()
    if found is None and names.provider_call_id is not None:
        found = calls.filter(provider__in=carriers(), provider_call_id=names.provider_call_id).first()
    if found is None and names.caller_number is not None:
        ringing = calls.filter(
            direction=CallDirection.INBOUND,
            from_number=names.caller_number,
            status__in=UNANSWERED,
            start_time__gte=timezone.now() - RINGING_AT_MOST,
        )
        found = ringing.order_by("-start_time", "-id").first()
    return found
