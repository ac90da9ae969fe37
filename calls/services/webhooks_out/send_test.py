"""A test of a webhook: a message that tells of no call, on the way of all others."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from calls.documents.webhook_call import webhook_test_body
from calls.models import TEST_EVENT, WebhookMessage, WebhookState
from calls.services.webhooks_out.owners import require_manager
from calls.services.webhooks_out.subscriptions import locked_subscription
from tether_calls.accounts.models import ApiKey, User
from tether_calls.background.wake import wake
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id
from tether_calls.common.statements import after_commit


@transaction.atomic
def send_test(*, organization_id: str, subscription_id: str, by: User | ApiKey) -> WebhookMessage:
    """Have a test sent within seconds, once; one that waits still is not joined by another.

    It is signed, sent to a checked address and kept with its attempt as every message. Raises FORBIDDEN,
    WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED.
    """
    require_manager(by)
    subscription = locked_subscription(organization_id, subscription_id)
    if not subscription.is_active:
        raise TetherError(ErrorCode.WEBHOOK_DISABLED)
    waiting = subscription.messages.filter(event_type=TEST_EVENT, state=WebhookState.PENDING).first()
    if waiting is not None:
        return waiting
    now = timezone.now()
    after_commit(partial(wake, "deliver_webhooks"))
    # Given up after the first attempt: a test that arrives in the night tells nobody anything.
    return WebhookMessage.objects.create(
        subscription=subscription,
        event_type=TEST_EVENT,
        key=new_object_id(),
        body=webhook_test_body(at=now),
        next_attempt_at=now,
        give_up_at=now,
    )
