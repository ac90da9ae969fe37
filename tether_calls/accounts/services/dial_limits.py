"""How often an organization dials: counted for each user and each key, and for the organization as a whole.

Whatever dials asks here last of all, when nothing else is in the way: a dial that is refused is counted nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from tether_calls.accounts.models import ApiKey
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.rate_limits import Allowance, Limit, LimitsUnavailable, take_all

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class _Ceiling(Limit):
    """So many dials within any window; `sentence` says so to whoever comes up against it."""

    sentence: str
    code: ErrorCode = ErrorCode.DIAL_LIMIT_REACHED


def count_dial_by_user(*, user_id: str, organization_id: str) -> None:
    """One dial of a user's minute, and of the organization's hour and day.

    Raises DIAL_LIMIT_REACHED; LIMIT_UNAVAILABLE where nothing can be counted: each dial costs money, and rings at
    somebody's.
    """
    limit = settings.TETHER_DIALS_PER_USER_MINUTE
    of_user = _Ceiling(
        name=f"dials-of-user:{user_id}",
        limit=limit,
        window=_MINUTE,
        sentence=f"You may dial {limit} times a minute",
    )
    _count((of_user, *_of_organization(organization_id)))


def count_dial_by_key(*, api_key: ApiKey) -> Allowance:
    """One dial of a key's day, and of its organization's hour and day; what the key has left.

    Raises TOO_MANY_REQUESTS where the key has no dial left, DIAL_LIMIT_REACHED where the organization has none;
    LIMIT_UNAVAILABLE.
    """
    of_key = _Ceiling(
        name=f"dials:{api_key.pk}",
        limit=api_key.dials_per_day,
        window=_DAY,
        sentence=f"This API key may dial {api_key.dials_per_day} times a day",
        code=ErrorCode.TOO_MANY_REQUESTS,
    )
    return _count((of_key, *_of_organization(api_key.user.home_id)))


def _of_organization(organization_id: str) -> tuple[_Ceiling, ...]:
    an_hour, a_day = settings.TETHER_DIALS_PER_ORGANIZATION_HOUR, settings.TETHER_DIALS_PER_ORGANIZATION_DAY
    return (
        _Ceiling(
            name=f"dials-of-hour:{organization_id}",
            limit=an_hour,
            window=_HOUR,
            sentence=f"Your organization may dial {an_hour} times an hour",
        ),
        _Ceiling(
            name=f"dials-of-day:{organization_id}",
            limit=a_day,
            window=_DAY,
            sentence=f"Your organization may dial {a_day} times a day",
        ),
    )


def _count(ceilings: Sequence[_Ceiling]) -> Allowance:
    """One of each, or of none; what the first has left."""
    try:
        ceiling, allowance = take_all(ceilings)
    except LimitsUnavailable as error:
        raise TetherError(ErrorCode.LIMIT_UNAVAILABLE) from error
    if not allowance.granted:
        raise TetherError(ceiling.code, ceiling.sentence, retry_after=allowance.reset_seconds)
    return allowance
