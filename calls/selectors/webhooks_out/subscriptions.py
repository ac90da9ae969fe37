"""Subscriptions to webhooks, as their organization sees them."""

from __future__ import annotations

from django.db.models import Q

from calls.models import DisabledReason, WebhookSubscription

# Nothing but failures lately; and disabled for that.
FAILING = Q(is_active=True, failing_since__isnull=False)
GIVEN_UP = Q(is_active=False, disabled_reason__in=[DisabledReason.FAILING, DisabledReason.GONE])


def webhooks_of(*, organization_id: str) -> list[WebhookSubscription]:
    """All of them, newest first, without their secrets. One statement."""
    return list(WebhookSubscription.objects.of_organization(organization_id).defer("secrets").order_by("-pk"))
