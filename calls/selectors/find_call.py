"""Finds the call that a browser speaks of, by whichever name it knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from calls.models import Call, CallDirection, CallStatus
from calls.providers.registry import carriers
from tether_calls.common.object_id import is_object_id
from tether_calls.common.phone import hidden_spellings, is_hidden, spellings
from tether_calls.common.sight import Sight

RowT = TypeVar("RowT")

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


def announced_call(*, organization_id: str, user_id: str, caller_number: str, sight: Sight | None) -> Call | None:
    """The call from this number that a provider reports as ringing for the user. One statement.

    Of hidden callers only the one that rings for this user: with two of them it is not known which is meant.
    """
    calls = (
        Call.objects.of_organization(organization_id)
        .seen_by(sight)
        .filter(
            direction=CallDirection.INBOUND,
            provider_call_id__isnull=False,
            status__in=UNANSWERED,
            created_at__gte=timezone.now() - RINGING_AT_MOST,
        )
    )
    if is_hidden(caller_number):
        return _only(calls.filter(user_id=user_id, from_number__in=_hidden(caller_number)))
    ringing = calls.filter(Q(user_id=user_id) | Q(user_id=None), from_number__in=spellings(caller_number))
    return ringing.order_by("-id").first()


def find_call(*, organization_id: str, user_id: str, names: CallNames, sight: Sight | None) -> str | None:
    """The id of the organization's call: by our id, its carrier's, or the newest that rings from the caller's number.

    Of hidden callers only the one that rings for this user. A statement for each name that has to be tried.
    """
    calls = Call.objects.of_organization(organization_id).seen_by(sight).order_by().values_list("pk", flat=True)
    found = None
    if names.call_id is not None and is_object_id(names.call_id):
        found = calls.filter(pk=names.call_id).first()
    if found is None and names.provider_call_id is not None:
        found = calls.filter(provider__in=carriers(), provider_call_id=names.provider_call_id).first()
    if found is None and names.caller_number is not None:
        ringing = calls.filter(
            direction=CallDirection.INBOUND,
            status__in=UNANSWERED,
            start_time__gte=timezone.now() - RINGING_AT_MOST,
        )
        if is_hidden(names.caller_number):
            return _only(ringing.filter(user_id=user_id, from_number__in=_hidden(names.caller_number)))
        ringing = ringing.filter(from_number__in=spellings(names.caller_number))
        found = ringing.order_by("-start_time", "-id").first()
    return found


def _hidden(told: str) -> tuple[str, ...]:
    """What the calls of hidden callers are from: providers tell nothing, browsers what they are told."""
    return ("", told, *hidden_spellings())


def _only(rows: QuerySet[Call, RowT]) -> RowT | None:
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None
