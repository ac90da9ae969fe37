"""The organization's account with the agents' provider, as whoever asks something of that provider needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calls.models import VoiceAccount
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import agents_provider
from calls.selectors.voice_accounts.accounts import account_with, credentials_in, missing_in
from tether_calls.common.errors import ErrorCode, TetherError


@dataclass(frozen=True)
class AgentsAccount:
    account: VoiceAccount
    credentials: Any


def agents_account(organization_id: str) -> AgentsAccount:
    """One statement. Raises PROVIDER_NOT_CONFIGURED, UndecipherableSecret."""
    provider = agents_provider()
    account = account_with(organization_id, provider.name)
    if account is None or missing_in(account):
        raise not_configured()
    return AgentsAccount(account, credentials_in(account, provider))


def not_configured() -> TetherError:
    return TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, f"{agents_provider().label} is not configured")


def refusal_of(error: ProviderError) -> TetherError:
    """What a client is answered whose request the agents' provider did not carry out."""
    if error.problem is ProviderProblem.NOT_CONFIGURED:
        return not_configured()
    return TetherError(ErrorCode.PROVIDER_UNKNOWN if error.is_undecided else ErrorCode.PROVIDER_ERROR)
