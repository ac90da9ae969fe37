"""What a provider's webhook after the call has to know of it: cached for a day, and to be had from the row as well."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.core.cache import cache
from django.db.models import F, Q

from calls.models import Call

logger = logging.getLogger(__name__)

CONTEXT_SECONDS = 24 * 3600
# Under which a call's metadata keep why it was made.
CALL_REASON = "callReason"


@dataclass(frozen=True, kw_only=True)
class CallContext:
    """Whose call a conversation is, and what it is about."""

    call_id: str
    organization_id: str
    user_id: str | None
    contact_id: str | None
    agent_id: str | None
    from_number: str
    to_number: str
    call_reason: str


def context_in(call: Call) -> CallContext:
    return CallContext(
        call_id=call.pk,
        organization_id=call.organization_id,
        user_id=call.user_id,
        contact_id=call.contact_id,
        agent_id=call.ai_agent_id,
        from_number=call.from_number,
        to_number=call.to_number,
        call_reason=call.metadata.get(CALL_REASON, ""),
    )


def remember_context(*, call: Call, conversation_id: str, provider: str | None = None) -> None:
    """Cache the context of a call under its conversation, which may be another provider's than the call.

    A cache that is away costs a statement later, no more.
    """
    try:
        cache.set(_key(provider or call.provider, conversation_id), asdict(context_in(call)), CONTEXT_SECONDS)
    except Exception:
        # Whatever the cache's client raises.
        logger.exception("The context of a call is not cached: the cache is away")


def context_of(
    *, organization_id: str, provider: str, conversation_id: str, call_id: str | None = None
) -> CallContext | None:
    """The context of a conversation; None where the organization has no such call.

    `call_id` is our own id, where the provider carried it along: it finds a call whose dial's answer was lost.
    """
    known = cached_context(provider=provider, conversation_id=conversation_id)
    if known is not None:
        return known if known.organization_id == organization_id else None
    calls = Call.objects.of_organization(organization_id).filter(provider=provider).defer("ai_transcript")
    found = Q(provider_call_id=conversation_id)
    if call_id is not None:
        found |= Q(pk=call_id, provider_call_id=None)
    # The conversation's own call, should there be two.
    call = calls.filter(found).order_by(F("provider_call_id").asc(nulls_last=True)).first()
    return None if call is None else context_in(call)


def cached_context(*, provider: str, conversation_id: str) -> CallContext | None:
    """What `remember_context` kept; whoever asks compares the organization."""
    try:
        known = cache.get(_key(provider, conversation_id))
    except Exception:
        # Whatever the cache's client raises.
        logger.exception("The context of a call is not read: the cache is away")
        return None
    return None if known is None else CallContext(**known)


def _key(provider: str, conversation_id: str) -> str:
    return f"call-context:{provider}:{conversation_id}"
