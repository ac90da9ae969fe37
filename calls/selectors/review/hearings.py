"""Who has listened to calls."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from calls.models import Call, CallHearing


# wall: of a call in hand
def hearings_of(call: Call, *, most: int) -> list[CallHearing]:
    """The newest, with who it was. One statement."""
    # wall: of the call, which is the organization's
    hearings = CallHearing.objects.filter(call_id=call.pk)
    return list(hearings.select_related("user").order_by("-last_at", "-id")[:most])


def heard(calls: QuerySet[Call, Any], *, by: str | None = None) -> QuerySet[Call, Any]:
    """Those that a user has heard; without one, those that anybody has."""
    return calls.filter(_is_heard(by))


def not_heard(calls: QuerySet[Call, Any], *, by: str | None = None) -> QuerySet[Call, Any]:
    """Those that a user has not heard; without one, those that nobody has."""
    return calls.filter(~_is_heard(by))


def _is_heard(by: str | None) -> Exists:
    # wall: of the calls that are asked about
    hearings = CallHearing.objects.filter(call_id=OuterRef("pk"))
    return Exists(hearings if by is None else hearings.filter(user_id=by))
