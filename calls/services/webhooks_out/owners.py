"""Who answers for a webhook: the API key or the user who made it or changed it last; it ends with that key.

A key that has leaked can have calls sent anywhere, so what it has set up must not outlive it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.models import DisabledReason, WebhookEvent, WebhookSubscription
from tether_calls.accounts.key_followers import KeyFollower
from tether_calls.accounts.models import ApiKey, KeyPermission, User
from tether_calls.accounts.roles import WEBHOOKS_ROLE, require_role
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

TEXT_EVENTS: frozenset[str] = frozenset(
    {WebhookEvent.MESSAGE_RECEIVED, WebhookEvent.MESSAGE_SENT, WebhookEvent.MESSAGE_STATUS}
)


def require_manager(by: User | ApiKey) -> None:
    """Raises FORBIDDEN for whoever may not manage webhooks."""
    if isinstance(by, User):
        require_role(by, WEBHOOKS_ROLE)
    else:
        _require(by, KeyPermission.CAN_MANAGE_WEBHOOKS)


def require_teller(by: User | ApiKey) -> None:
    """Raises FORBIDDEN also for keys that may not read what webhooks tell."""
    require_manager(by)
    if isinstance(by, ApiKey):
        _require(by, KeyPermission.CAN_READ_CALLS)


def require_reader(by: User | ApiKey, subscribed_events: Collection[str]) -> None:
    """Raises FORBIDDEN for keys that may not read what these events tell besides calls."""
    if isinstance(by, ApiKey) and not TEXT_EVENTS.isdisjoint(subscribed_events):
        _require(by, KeyPermission.CAN_READ_MESSAGES)


def key_held(by: User | ApiKey) -> ApiKey | None:
    """The key that is to answer for a webhook; None: a user does.

    Its revocation waits until the transaction ends, so that it finds the webhook. Raises UNAUTHORIZED where it came
    first.
    """
    if isinstance(by, User):
        return None
    api_key = by.user.api_keys.select_for_update(no_key=True).filter(pk=by.pk, revoked_at=None).first()
    if api_key is None:
        raise TetherError(ErrorCode.UNAUTHORIZED)
    return api_key


def _require(api_key: ApiKey, permission: KeyPermission) -> None:
    if not api_key.permits(permission):
        raise TetherError(ErrorCode.FORBIDDEN, f"The API key does not have the permission {permission.value}")


def _hand_over(old: ApiKey, new: ApiKey) -> None:
    if old.can_manage_webhooks:
        # wall: by the key in hand, which has made them
        WebhookSubscription.objects.filter(api_key=old).update(api_key=new)


def _disable_with(api_key: ApiKey) -> None:
    if api_key.can_manage_webhooks:
        _disable(api_key.pk, "revoked", timezone.now())


def disable_of_expired_keys(*, now: datetime) -> None:
    """The same for keys that have ended by their time. One statement where there are none."""
    # wall: the job serves the webhooks of every organization
    active = WebhookSubscription.objects.filter(is_active=True, api_key__expires_at__lte=now)
    for api_key_id in set(active.values_list("api_key_id", flat=True)):
        _disable(str(api_key_id), "expired", now)


@transaction.atomic
def _disable(api_key_id: str, word: str, now: datetime) -> None:
    # wall: by the key in hand, which has made them
    active = WebhookSubscription.objects.filter(api_key=api_key_id, is_active=True)
    # Locked in the order of those who send.
    ids = [each.pk for each in active.only("pk").order_by("pk").select_for_update()]
    count = active.filter(pk__in=ids).update(
        is_active=False, disabled_at=now, disabled_reason=DisabledReason.KEY_REVOKED
    )
    if count:
        logger.warning("%s webhooks of the API key %s are disabled: it is %s", count, api_key_id, word)


WEBHOOKS_OF_KEYS = KeyFollower(replaced=_hand_over, revoked=_disable_with)
