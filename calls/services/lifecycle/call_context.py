"""Whose call a conversation is, cached for a day: its webhooks may name it before, or otherwise than, the row does."""

from __future__ import annotations

import logging
from typing import TypedDict

from django.core.cache import cache

from calls.models import Call

logger = logging.getLogger(__name__)

CONTEXT_SECONDS = 24 * 3600


class CallContext(TypedDict):
    """All that the cache holds of a call: no number, and nothing of what it is about."""

    call_id: str
    organization_id: str


def remember_context(*, call: Call, provider: str, conversation_id: str) -> None:
    """Cache the call's ids under a conversation, which may be another provider's than the call, or under its alias.

    A cache that is away costs a statement later, no more.
    """
    context = CallContext(call_id=call.pk, organization_id=call.organization_id)
    try:
        cache.set(_name(call.organization_id, provider, conversation_id), context, CONTEXT_SECONDS)
    except Exception:
        # The cache's client has exceptions of its own, the socket others.
        logger.exception("The context of a call is not cached: the cache is away")


def remembered_call_id(*, organization_id: str, provider: str, conversation_id: str) -> str | None:
    """The organization's call that `remember_context` kept under this conversation."""
    try:
        known: CallContext | None = cache.get(_name(organization_id, provider, conversation_id))
    except Exception:
        # The cache's client has exceptions of its own, the socket others.
        logger.exception("The context of a call is not read: the cache is away")
        return None
    return known["call_id"] if known is not None and known["organization_id"] == organization_id else None


def _name(organization_id: str, provider: str, conversation_id: str) -> str:
    # Under the organization: another one, whose provider says the same id, takes nothing from it.
    return f"call-context:{organization_id}:{provider}:{conversation_id}"
