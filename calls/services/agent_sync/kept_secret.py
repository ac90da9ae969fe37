"""The organization's tool secret, as the agents' provider keeps it for whatever asks us there."""

from __future__ import annotations

from calls.models import VoiceAccount
from calls.providers.agents import SecretToKeep
from calls.providers.registry import agents_provider
from calls.selectors.voice_accounts.agents_account import AgentsAccount


def keep_secret(known: AgentsAccount, secret: str) -> str:
    """Have it kept under the organization's name for it. Raises ProviderError."""
    account = known.account
    wanted = SecretToKeep(
        name=f"tether_calls_{account.organization_id}",
        value=f"Bearer {secret}",
        known_id=account.kept_secret_id or None,
    )
    kept = agents_provider().keep_secret(known.credentials, wanted)
    if kept != account.kept_secret_id:
        accounts = VoiceAccount.objects.of_organization(account.organization_id)
        accounts.filter(pk=account.pk).update(kept_secret_id=kept)
        account.kept_secret_id = kept
    return kept
