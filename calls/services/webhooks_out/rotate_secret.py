"""The secrets of a webhook: the one that signs, and for a while the one that it has replaced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls.models import WebhookSubscription
from calls.services.webhooks_out.owners import require_manager
from calls.services.webhooks_out.subscriptions import Subscribed, locked_subscription
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.standard_webhooks import new_webhook_secret


@transaction.atomic
def rotate_secret(*, organization_id: str, subscription_id: str, overlap: timedelta, by: User | ApiKey) -> Subscribed:
    """A new secret; the one before signs as well for `overlap`, 0 for not at all.

    Raises FORBIDDEN, WEBHOOK_NOT_FOUND, and WEBHOOK_ROTATED for an overlap within another one: the secret that a
    receiver may still have would end. Without an overlap all earlier ones end, whatever was promised them.
    """
    require_manager(by)
    now = timezone.now()
    subscription = locked_subscription(organization_id, subscription_id)
    until = subscription.previous_secret_until
    if overlap and until is not None and until > now:
        raise TetherError(ErrorCode.WEBHOOK_ROTATED)
    secret, known = new_webhook_secret(), _signing_secret(subscription)
    secrets: Any = {"signing": secret}
    subscription.previous_secret_until = None
    if overlap and known is not None:
        secrets["previous"] = known
        subscription.previous_secret_until = now + overlap
    subscription.secrets = secrets
    subscription.save(update_fields=["secrets", "previous_secret_until"])
    return Subscribed(subscription, secret)


def _signing_secret(subscription: WebhookSubscription) -> str | None:
    """None where no key of ours opens it: then there is nothing to go on with."""
    try:
        return str(subscription.secrets["signing"])
    except UndecipherableSecret:
        return None
