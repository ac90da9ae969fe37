"""On whose behalf a scheduled call is made, asked anew when it is dialled: they may have left since."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from calls.models import ScheduledCall, ScheduledSource
from tether_calls.accounts.key_followers import KeyFollower
from tether_calls.accounts.models import ApiKey, KeyPermission, User
from tether_calls.accounts.services.dial_limits import count_dial_by_key, count_dial_by_user
from tether_calls.common.errors import ErrorCode, TetherError


def member_for(organization_id: str) -> User:
    """Who answers for what no user has asked for: the organization's first. One statement. Raises FORBIDDEN."""
    users = User.objects.of_organization(organization_id).filter(is_active=True, organization__is_active=True)
    user = users.select_related("organization").order_by("pk").first()
    if user is None:
        raise TetherError(ErrorCode.FORBIDDEN, "The organization has no active user any more")
    return user


def asker_of(scheduled: ScheduledCall) -> tuple[User, Callable[[], object]]:
    """Who answers for the call now, and what counts its dial. No statement, or one. Raises FORBIDDEN, API_KEY_ENDED."""
    if scheduled.source == ScheduledSource.PARTNER:
        api_key = scheduled.api_key
        if api_key is None or api_key.has_ended or not api_key.permits(KeyPermission.CAN_INITIATE_CALLS):
            raise TetherError(ErrorCode.API_KEY_ENDED, "The API key that asked for the call has ended")
        return _member(api_key.user, scheduled.organization_id), partial(count_dial_by_key, api_key=api_key)
    user = scheduled.user
    if scheduled.source == ScheduledSource.AGENT and not _is_member(user, scheduled.organization_id):
        # Whoever was called has been promised a call; it does not depend on who had the number.
        user = member_for(scheduled.organization_id)
    user = _member(user, scheduled.organization_id)
    return user, partial(count_dial_by_user, user_id=user.pk, organization_id=scheduled.organization_id)


def _member(user: User | None, organization_id: str) -> User:
    if user is None or not _is_member(user, organization_id):
        raise TetherError(ErrorCode.FORBIDDEN, "Who asked for the call is no user of the organization any more")
    return user


def _is_member(user: User | None, organization_id: str) -> bool:
    return (
        user is not None
        and user.is_active
        and user.organization_id == organization_id
        and user.organization is not None
        and user.organization.is_active
    )


def _hand_over(old: ApiKey, new: ApiKey) -> None:
    # wall: by the key in hand, which has asked for them
    ScheduledCall.objects.filter(api_key=old, state__in=ScheduledCall.UNFINISHED).update(api_key=new)


def _nothing(_: ApiKey) -> None:
    """Of a revoked key nothing is dialled any more; that is asked when it would be."""


SCHEDULED_CALLS_OF_KEYS = KeyFollower(replaced=_hand_over, revoked=_nothing)
