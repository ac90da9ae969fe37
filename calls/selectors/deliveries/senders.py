"""Whose account a delivery may be of, by what it says of itself: to be believed only with that account's secret."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from calls.models import Call, PhoneNumber, Prompt, VoiceAccount, VoiceProvider

# One agent may be shared by a few organizations of one owner, not by many.
_MOST = 5
# How many accounts are tried where a delivery names none: each costs a digest over its body.
MOST_UNNAMED = 20


def elevenlabs_accounts(
    *, conversation_id: str | None, call_id: str | None, agent_id: str | None, phone_number: str | None
) -> Iterator[VoiceAccount]:
    """By the conversation, our call, the agent, the number: each asked for only if the ones before did not do.

    What names nobody that we know (an agent that was made over there, an event of another kind) may be of any of a few
    organizations: the signature says of which. At most four statements for the organizations, one for each account.
    """
    seen: set[str] = set()
    for organization_id in _organizations(conversation_id, call_id, agent_id, phone_number):
        if organization_id in seen:
            continue
        seen.add(organization_id)
        account = (
            VoiceAccount.objects.of_organization(organization_id)
            .filter(provider=VoiceProvider.ELEVENLABS, organization__is_active=True)
            .first()
        )
        if account is not None:
            yield account
    if not seen:
        accounts = VoiceAccount.objects.filter(provider=VoiceProvider.ELEVENLABS, organization__is_active=True)
        # Secrets one by one, when they are asked for: those that no key opens must not hide the others'.
        yield from accounts.order_by("id").defer("secrets")[:MOST_UNNAMED]


def accounts_with_id(provider: VoiceProvider, account_id: str) -> Iterator[VoiceAccount]:
    """By what the provider calls the account: Twilio's AccountSid, Sinch's application key. One statement."""
    accounts = VoiceAccount.objects.filter(provider=provider, account_id=account_id, organization__is_active=True)
    yield from accounts.order_by("id")[:_MOST]


def _organizations(
    conversation_id: str | None, call_id: str | None, agent_id: str | None, phone_number: str | None
) -> Iterator[str]:
    calls = Call.objects.order_by().values_list("organization_id", flat=True)
    if conversation_id is not None:
        named = Q(provider=VoiceProvider.ELEVENLABS, provider_call_id=conversation_id)
        yield from calls.filter(named | Q(ai_conversation_id=conversation_id))[:_MOST]
    if call_id is not None:
        yield from calls.filter(pk=call_id)
    if agent_id is not None:
        agents = Prompt.objects.filter(elevenlabs_agent_id=agent_id)
        yield from agents.order_by("id").values_list("organization_id", flat=True)[:_MOST]
    if phone_number is not None:
        numbers = PhoneNumber.objects.filter(phone_number=phone_number)
        yield from numbers.order_by("id").values_list("organization_id", flat=True)
