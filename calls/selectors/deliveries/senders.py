"""Whose account a delivery may be of, by the names in it: to be believed only with that account's secret."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from calls.models import Call, PhoneNumber, Prompt, VoiceAccount
from calls.providers.base import Provider
from calls.providers.endpoint import SenderNames

# One agent may be shared by a few organizations of one owner, not by many.
_MOST = 5
# How many accounts are tried where a delivery names none: each costs a digest over its body.
MOST_UNNAMED = 20


# wall: the signature decides of which organization a delivery is; its secret alone verifies it
def accounts_named(provider: Provider[object], names: SenderNames) -> Iterator[VoiceAccount]:
    """The accounts that a delivery may be of, the likeliest first."""
    if provider.account_id is not None:
        return _accounts_with_id(provider.name, names.account_id)
    return _accounts_of_organizations(provider.name, names)


def _accounts_with_id(provider: str, account_id: str | None) -> Iterator[VoiceAccount]:
    """By the provider's own id of the account. One statement."""
    if account_id:
        # wall: which organization has this account is what is looked for
        accounts = VoiceAccount.objects.filter(provider=provider, account_id=account_id, organization__is_active=True)
        yield from accounts.order_by("id")[:_MOST]


def _accounts_of_organizations(provider: str, names: SenderNames) -> Iterator[VoiceAccount]:
    """By the conversation, our call, the agent, the number: each asked for only if the ones before did not do.

    What names none that we know (an agent that was made over there, an event of another kind) may be of any of a few
    organizations: the signature says of which. At most four statements for the organizations, one for each account.
    """
    seen: set[str] = set()
    for organization_id in _organizations(provider, names):
        if organization_id in seen:
            continue
        seen.add(organization_id)
        account = (
            VoiceAccount.objects.of_organization(organization_id)
            .filter(provider=provider, organization__is_active=True)
            .first()
        )
        if account is not None:
            yield account
    if not seen:
        # wall: a delivery that names nothing may be of any organization
        accounts = VoiceAccount.objects.filter(provider=provider, organization__is_active=True)
        # Secrets one by one, when they are asked for: those that no key opens must not hide the others'.
        yield from accounts.order_by("id").defer("secrets")[:MOST_UNNAMED]


def _organizations(provider: str, names: SenderNames) -> Iterator[str]:
    # wall: which organization has this call is what is looked for
    calls = Call.objects.order_by().values_list("organization_id", flat=True)
    if names.provider_call_id is not None:
        named = Q(provider=provider, provider_call_id=names.provider_call_id)
        yield from calls.filter(named | Q(ai_conversation_id=names.provider_call_id))[:_MOST]
    if names.call_id is not None:
        yield from calls.filter(pk=names.call_id)
    if names.agent_id is not None:
        # wall: which organization has this agent is what is looked for
        agents = Prompt.objects.filter(elevenlabs_agent_id=names.agent_id)
        yield from agents.order_by("id").values_list("organization_id", flat=True)[:_MOST]
    if names.phone_number is not None:
        # wall: which organization has this number is what is looked for
        numbers = PhoneNumber.objects.filter(phone_number=names.phone_number)
        yield from numbers.order_by("id").values_list("organization_id", flat=True)
