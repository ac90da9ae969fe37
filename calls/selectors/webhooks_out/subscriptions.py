"""Subscriptions to webhooks, as their organization sees them."""

from __future__ import annotations

from calls.models import WebhookSubscription


def webhooks_of(*, organization_id: str) -> list[WebhookSubscription]:
    """All of them, newest first, without their secrets. One statement."""
    return list(WebhookSubscription.objects.of_organization(organization_id).defer("secrets").order_by("-pk"))
